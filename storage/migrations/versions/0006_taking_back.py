"""What a message to a lender's staff hangs on, so that it can be taken back while it waits."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

CARRIED = """
    UPDATE outbox SET
        lender_id = (SELECT a.lender_id FROM notices n JOIN alerts a ON a.id = n.alert_id WHERE n.outbox_id = outbox.id),
        about = (SELECT a.person_id FROM notices n JOIN alerts a ON a.id = n.alert_id WHERE n.outbox_id = outbox.id)
    WHERE state = 'waiting' AND id IN (SELECT outbox_id FROM notices)"""


def upgrade() -> None:
    for name in ("lender_id", "about"):
        op.add_column("outbox", sa.Column(name, sa.BigInteger(), nullable=True))
    op.execute(CARRIED)


def downgrade() -> None:
    for name in ("about", "lender_id"):
        op.drop_column("outbox", name)
