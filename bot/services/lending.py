"""Lending: a lender enters a loan and closes it. Its borrower is watched for it once they agreed to that."""

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.dialogs.consent import VERSION
from bot.services.context import Context
from storage import loans, people, watches
from storage.lenders import Lender
from storage.loans import Draft
from storage.outbox import Parcel


async def register(
    context: Context, connection: AsyncConnection, lender: Lender, handle: str, draft: Draft, made_by: str
) -> list[Parcel]:
    """Enter a loan of a borrower by their handle. Raises loans.Taken.

    Whoever asks is not told whether there is such a borrower: without a registered one in the lender's country,
    nothing is stored.
    """
    person = await people.by_handle(connection, context.vault, handle)
    if (
        person is None
        or not person.registered
        or not person.sealer.usable
        or person.country != lender.country
    ):
        return []
    await loans.put(connection, person, lender.id, draft, made_by, context.clock())
    await watches.settle(connection, person, VERSION, context.clock())
    return []


async def close(
    context: Context, connection: AsyncConnection, lender: Lender, reference: str
) -> list[Parcel]:
    """Close a lender's open loan, if there is such a one; nobody is watched for it any more."""
    found = await loans.owner(connection, lender.id, reference)
    if found is None:
        return []
    loan_id, person_id = found
    await loans.close(connection, loan_id, context.clock())
    person = await people.by_id(connection, context.vault, person_id)
    if person is not None:
        await watches.settle(connection, person, VERSION, context.clock())
    return []
