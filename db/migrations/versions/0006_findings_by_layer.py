"""findings say by which layer they were found; a rulebook is edited as a draft before it is published

Revision: 0006, after: 0005. Made on 2026-11-22.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), 'postgresql')


def upgrade() -> None:
    with op.batch_alter_table('findings', schema=None) as batch_op:
        batch_op.add_column(sa.Column('layer', sa.String(length=12), server_default='exact', nullable=False))
        batch_op.add_column(sa.Column('probability', sa.Float(), nullable=True))
        batch_op.add_column(sa.Column('stake', sa.Numeric(precision=5, scale=1), server_default='0', nullable=False))
    op.execute('UPDATE findings SET stake = points')
    with op.batch_alter_table('inspections', schema=None) as batch_op:
        batch_op.add_column(sa.Column('matching', sa.String(length=12), server_default='', nullable=False))
        batch_op.drop_constraint(batch_op.f('uq_inspections_transcript_id_rulebook_version'), type_='unique')
        batch_op.create_unique_constraint(
            batch_op.f('uq_inspections_transcript_id_rulebook_version_matching'),
            ['transcript_id', 'rulebook_version', 'matching'],
        )
    # Not in batch mode: SQLite would make the table anew and lose the trigger that refuses changes.
    op.add_column('transcript_segments', sa.Column('level_db', sa.Float(), nullable=True))
    op.create_table(
        'rulebook_drafts',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('base_version', sa.String(length=64), nullable=False),
        sa.Column('edits', JSON, nullable=False),
        sa.Column('row_version', sa.Integer(), nullable=False),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('created_by', sa.String(length=80), nullable=False),
        sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('updated_by', sa.String(length=80), nullable=False),
        sa.Column('status', sa.String(length=12), nullable=False),
        sa.Column('published_version', sa.String(length=64), nullable=True),
        sa.Column('valid_from', sa.Date(), nullable=True),
        sa.Column('note', sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_rulebook_drafts')),
    )
    is_open = sa.text("status = 'open'")
    op.create_index(
        'uq_rulebook_drafts_open', 'rulebook_drafts', ['status'], unique=True, sqlite_where=is_open, postgresql_where=is_open
    )


def downgrade() -> None:
    op.drop_index('uq_rulebook_drafts_open', table_name='rulebook_drafts')
    op.drop_table('rulebook_drafts')
    op.drop_column('transcript_segments', 'level_db')
    # A transcript has one inspection under a rulebook there: the current one, else the newest.
    op.execute("""
        DELETE FROM inspections WHERE EXISTS (
            SELECT 1 FROM inspections AS other
            WHERE other.transcript_id = inspections.transcript_id
              AND other.rulebook_version = inspections.rulebook_version
              AND (
                (other.is_current AND NOT inspections.is_current)
                OR (other.is_current = inspections.is_current AND other.id > inspections.id)
              )
        )
    """)
    with op.batch_alter_table('inspections', schema=None) as batch_op:
        batch_op.drop_constraint(
            batch_op.f('uq_inspections_transcript_id_rulebook_version_matching'), type_='unique'
        )
        batch_op.create_unique_constraint(
            batch_op.f('uq_inspections_transcript_id_rulebook_version'), ['transcript_id', 'rulebook_version']
        )
        batch_op.drop_column('matching')
    with op.batch_alter_table('findings', schema=None) as batch_op:
        batch_op.drop_column('stake')
        batch_op.drop_column('probability')
        batch_op.drop_column('layer')
