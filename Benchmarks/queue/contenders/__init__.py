"""The contenders of the arena: one file each, behind the interface of base.py."""
from contenders.awa_pg import Awa
from contenders.base import Contender
from contenders.absurd import Absurd
from contenders.dbos_transact import DBOSTransact
from contenders.message_queues import PgMQ, PgQue
from contenders.ours import Client, Functions, Worker
from contenders.pg_queuer import PgQueuerContender
from contenders.procrastinate_queue import Procrastinate

ALL: dict[str, Contender] = {
    contender.name: contender
    for contender in [
        Client(), Functions(), Worker(), Awa(), PgQueuerContender(), Procrastinate(), DBOSTransact(), Absurd(), PgMQ(), PgQue()]
}
