# Runs at the start of a zygote: LAYER's first step fails there, as on a kernel without it.
import discover.sandbox.isolation as isolation
from discover.sandbox.isolation import landlock, seccomp


def made_to_fail(*arguments, **named):
    raise OSError(38, "made to fail")


if LAYER == "namespaces":  # noqa: F821
    isolation.namespaces.enter_as_zygote = made_to_fail
elif LAYER == "landlock":  # noqa: F821
    landlock.restrict = made_to_fail
else:
    seccomp.install = made_to_fail
