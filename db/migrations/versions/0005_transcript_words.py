"""transcripts keep every word's time, the channels, and what has to be heard, and are never changed; workers report

Revision: 0005, after: 0004. Made on 2026-11-22.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None

_FUNCTION = """
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% rows are never changed: write a new one', TG_TABLE_NAME;
END $$
"""
_TABLES = ('transcripts', 'transcript_segments')


def _list(name: str) -> sa.Column:
    return sa.Column(name, sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), server_default='[]', nullable=False)


def upgrade() -> None:
    op.create_table('workers',
    sa.Column('name', sa.String(length=80), nullable=False),
    sa.Column('processes', sa.Integer(), nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('seen_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_workers'))
    )
    with op.batch_alter_table('workers', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_workers_seen_at'), ['seen_at'], unique=False)

    with op.batch_alter_table('recordings', schema=None) as batch_op:
        batch_op.add_column(sa.Column('claimed_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('interruptions', sa.Integer(), server_default='0', nullable=False))

    with op.batch_alter_table('transcripts', schema=None) as batch_op:
        batch_op.add_column(_list('channel_map'))
        batch_op.add_column(_list('suppressed'))
        batch_op.add_column(_list('to_listen'))
        batch_op.add_column(sa.Column('duration_seconds', sa.Float(), server_default='0', nullable=False))
        batch_op.add_column(sa.Column('is_complete', sa.Boolean(), server_default=sa.true(), nullable=False))
        batch_op.create_index('ix_transcripts_audio', ['audio_sha256', 'settings_hash'], unique=False)
        batch_op.drop_constraint(batch_op.f('uq_transcripts_call_id_settings_hash'), type_='unique')
        batch_op.create_unique_constraint(
            batch_op.f('uq_transcripts_call_id_audio_sha256_settings_hash'), ['call_id', 'audio_sha256', 'settings_hash']
        )

    with op.batch_alter_table('transcript_segments', schema=None) as batch_op:
        batch_op.add_column(sa.Column('channel', sa.Integer(), nullable=True))
        batch_op.add_column(_list('words'))
        batch_op.add_column(sa.Column('is_doubtful', sa.Boolean(), server_default=sa.false(), nullable=False))

    if op.get_bind().dialect.name == 'postgresql':
        op.execute(_FUNCTION)
    for table in _TABLES:
        if op.get_bind().dialect.name == 'postgresql':
            op.execute(
                f"CREATE TRIGGER {table}_are_immutable BEFORE UPDATE ON {table}"
                " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
            )
        else:
            op.execute(
                f"CREATE TRIGGER {table}_are_immutable BEFORE UPDATE ON {table}"
                f" BEGIN SELECT RAISE(ABORT, '{table} rows are never changed: write a new one'); END"
            )


def downgrade() -> None:
    is_postgres = op.get_bind().dialect.name == 'postgresql'
    for table in _TABLES:
        op.execute(f"DROP TRIGGER {table}_are_immutable{f' ON {table}' if is_postgres else ''}")
    if is_postgres:
        op.execute("DROP FUNCTION refuse_change()")

    with op.batch_alter_table('transcript_segments', schema=None) as batch_op:
        batch_op.drop_column('is_doubtful')
        batch_op.drop_column('words')
        batch_op.drop_column('channel')

    with op.batch_alter_table('transcripts', schema=None) as batch_op:
        batch_op.drop_index('ix_transcripts_audio')
        batch_op.drop_constraint(batch_op.f('uq_transcripts_call_id_audio_sha256_settings_hash'), type_='unique')
        batch_op.create_unique_constraint(batch_op.f('uq_transcripts_call_id_settings_hash'), ['call_id', 'settings_hash'])
        batch_op.drop_column('is_complete')
        batch_op.drop_column('duration_seconds')
        batch_op.drop_column('to_listen')
        batch_op.drop_column('suppressed')
        batch_op.drop_column('channel_map')

    with op.batch_alter_table('recordings', schema=None) as batch_op:
        batch_op.drop_column('interruptions')
        batch_op.drop_column('claimed_at')

    with op.batch_alter_table('workers', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_workers_seen_at'))

    op.drop_table('workers')
