"""The memory in a browser: Datasette, with pages of our own.

`server.application` is the whole of it as an ASGI application. It only reads.
"""
