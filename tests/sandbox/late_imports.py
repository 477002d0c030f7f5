"""What a child may import and read after the layers are on, as JSON.

python late_imports.py S2|S3
"""

import json
import sys

from corpus import FUNCTIONS, LIMITS, PLANS

from discover.sandbox.session import SandboxSession
from discover.sandbox.zygote import ZygoteLauncher

SOURCE = """
import importlib

def load(name):
    importlib.invalidate_caches()  # so that folders are listed again
    try:
        importlib.import_module(name)
    except (ImportError, OSError) as error:
        return type(error).__name__
    return "loaded"
"""
NAMES = ["wave", "xml.etree.ElementTree", "numpy.polynomial", "discover.sandbox.devices"]
NAMES += ["pydoc_data.topics", "discover.evaluators.linear_attention.tasks"]

if __name__ == "__main__":
    launcher = ZygoteLauncher(PLANS[sys.argv[1]])
    with SandboxSession(launcher, LIMITS, sys.argv[1]).open(FUNCTIONS, SOURCE) as worker:
        answers = {n: worker.call("call", function="load", args=[n])["value"] for n in NAMES}
    launcher.close()
    print(json.dumps(answers))
