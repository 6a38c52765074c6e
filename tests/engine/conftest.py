import contextlib
import io
from pathlib import Path

import pytest

from tests.engine.made_loans import write_folder


@pytest.fixture(scope="session")
def lender(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with books and models, made once; tests that write into it use names of their own."""
    folder = tmp_path_factory.mktemp("lender")
    with contextlib.redirect_stdout(io.StringIO()):
        write_folder(folder)
    return folder


@pytest.fixture
def inside(lender: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work inside the lender's folder."""
    monkeypatch.chdir(lender)
    return lender
