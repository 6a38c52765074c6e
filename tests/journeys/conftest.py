from tests.local.conftest import browser

__all__ = ["browser"]
