"""Stores of handled notices: one that processes share, one that breaks, and one that is slow."""

import sqlite3

from wxdist import NoticeClaim


class File:
    """A store that several processes share: one table, each step one statement."""

    def __init__(self, path, clock):
        self._clock = clock
        self._table = sqlite3.connect(path, isolation_level=None)
        self._do("CREATE TABLE IF NOT EXISTS held (key TEXT PRIMARY KEY, by TEXT, until REAL)")

    async def claim(self, key, by, seconds):
        now = self._clock.now()
        self._do(
            "INSERT INTO held VALUES (?, ?, ?) ON CONFLICT (key) DO UPDATE "
            "SET by = excluded.by, until = excluded.until WHERE until <= ?",
            *(key, by, now + seconds, now),
        )
        ((holder,),) = self._do("SELECT by FROM held WHERE key = ?", key)
        claims = {by: NoticeClaim.NEW, "done": NoticeClaim.DONE}
        return claims.get(holder, NoticeClaim.RUNNING)

    async def finish(self, key, seconds):
        until = self._clock.now() + seconds
        self._do("INSERT OR REPLACE INTO held VALUES (?, 'done', ?)", key, until)

    async def release(self, key, by):
        self._do("DELETE FROM held WHERE key = ? AND by = coalesce(?, by)", key, by)

    def close(self):
        self._table.close()

    def _do(self, statement, *values):
        return self._table.execute(statement, values).fetchall()


class Broken:
    """A store whose connection breaks: each step named fails, once it was carried out."""

    def __init__(self, inner, *steps):
        self._inner, self._steps = inner, steps

    def __getattr__(self, name):
        async def step(*arguments):
            answer = await getattr(self._inner, name)(*arguments)
            if name in self._steps:
                raise ConnectionError(name)
            return answer

        return step


class Slow:
    """A store far away: that a notice is done is known there long before it is answered."""

    def __init__(self, inner, clock):
        self.claim, self.release = inner.claim, inner.release
        self._inner, self._clock = inner, clock

    async def finish(self, key, seconds):
        await self._inner.finish(key, seconds)
        await self._clock.sleep(60)
