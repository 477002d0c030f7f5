"""A scripted endpoint, and clients that speak to it."""

import pytest

from discover.agents.llm import Client, ScratchJournal, Settings

from .endpoint import Endpoint


@pytest.fixture
def serve():
    """`serve(script)` starts an endpoint that ends with the test."""
    endpoints = []

    def start(script):
        endpoints.append(Endpoint(script))
        return endpoints[-1]

    yield start
    for endpoint in endpoints:
        endpoint.close()


@pytest.fixture
def client_of():
    """`client_of(endpoint, **settings)` is a client that never waits between attempts."""

    def make(endpoint, *, journal=None, limits=None, recording=None, waits=None, **settings):
        read = Settings.read({"model": "strong", "api_base": endpoint.api_base, **settings})
        return Client(
            read,
            journal or ScratchJournal(),
            limits or {},
            recording=recording,
            sleep=(waits if waits is not None else []).append,
        )

    return make
