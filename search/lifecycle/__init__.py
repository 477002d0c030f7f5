"""A campaign from beginning to end: started, resumed, replayed, its claims checked again."""
