"""What a pass over the standings keeps of users while it reads, packed so that a million fit into memory."""

from array import array

import numpy as np

from laurels.leaderboards.ranking import Column, Numbers


class Packed:
    """Bytes of equal length, as the standings store them, of some users."""

    def __init__(self) -> None:
        self._users, self.content = array("I"), bytearray()

    def __len__(self) -> int:
        return len(self._users)

    @property
    def users(self) -> Numbers:
        return np.frombuffer(self._users, np.uint32)

    def append(self, user: int, content: bytes) -> None:
        self._users.append(user)
        self.content += content

    def absorb(self, other: "Packed", offset: int) -> None:
        """Add those of other users, whose indexes begin at `offset` here."""
        self._users.frombytes(_moved(other._users, offset))
        self.content += other.content


class Entries:
    """The entries of a column."""

    def __init__(self) -> None:
        self._users, self._scores, self._reached = array("I"), array("I"), array("Q")

    def append(self, user: int, score: int, reached: int) -> None:
        self._users.append(user)
        self._scores.append(score)
        self._reached.append(reached)

    def extend(self, column: Column) -> None:
        self._users.frombytes(column.users.tobytes())
        self._scores.frombytes(column.scores.tobytes())
        self._reached.frombytes(column.reached.tobytes())

    def absorb(self, other: "Entries", offset: int) -> None:
        """Add the entries of other users, whose indexes begin at `offset` here."""
        self._users.frombytes(_moved(other._users, offset))
        self._scores.extend(other._scores)
        self._reached.extend(other._reached)

    def column(self) -> Column:
        return Column(
            np.frombuffer(self._users, np.uint32),
            np.frombuffer(self._scores, np.uint32),
            np.frombuffer(self._reached, np.uint64),
        )


def _moved(users: "array[int]", offset: int) -> bytes:
    """Return the indexes of users who come after `offset` others."""
    return (np.frombuffer(users, np.uint32) + np.uint32(offset)).tobytes()
