"""The agent-workflow domain: workflows that answer questions, judged on small tasks."""
