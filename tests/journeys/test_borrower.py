"""The borrower's whole journey, from hello to an explained score."""

from pathlib import Path

from tests.chat import Candor


async def test_a_borrower_gets_an_explained_score(tmp_path: Path) -> None:
    async with Candor(tmp_path) as candor:
        maria = candor.person()
        await maria.enrols("us")
        assert maria.heard("register.done")
        await maria.answers()
        assert maria.heard("query.summary")
        await maria.gets_score()
        assert maria.heard("score.worked") or maria.sees("score.worked")
        assert maria.heard("card.caption")
        assert maria.heard("card.beware")
