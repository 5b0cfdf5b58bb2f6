"""What is held about a user: the one list that exports and erasures follow. A new kind of data gets its row here."""

from collections.abc import Callable, Iterator, Mapping

from laurels import keys, storage, table
from laurels.keys import Key
from laurels.people import directory
from laurels.privacy.models import Kind
from laurels.writes import PRESENT, Item, Update, Write


def _member_of(membership: Item) -> list[Key]:
    """Return the key of the membership in the group's partition; the number of groups has none."""
    user_id = keys.user_of(membership["PK"])
    return [keys.group_member(membership["group_id"], user_id)] if "group_id" in membership else []


# Items in the user's own partition, by functions of `keys`: with the user's id alone, these give the beginning of the
# sort key.
PARTITION: Mapping[Kind, tuple[Callable[[str], Key], ...]] = {
    Kind.PROFILE: (keys.profile,),
    Kind.SESSIONS: (keys.session, keys.sessions_guard),
    Kind.BADGES: (keys.badge,),
    Kind.GOALS: (keys.goal,),
    Kind.AWARDS: (keys.award,),
    Kind.MEMBERSHIPS: (keys.membership, keys.memberships),
    Kind.RESUMES: (keys.resume,),
    Kind.REQUIREMENTS: (keys.requirements,),
    Kind.TEXTS: (keys.document_text, keys.documents_count),
    Kind.PROCESSINGS: (keys.processing,),
    Kind.PROCESSING_RESULTS: (keys.processing_result,),
    Kind.PROCESSING_STARTS: (keys.processing_starts,),
    Kind.IDEMPOTENCY: (keys.idempotency, keys.idempotency_count),
    Kind.EXPORTS: (keys.export,),
}
# Items elsewhere, whose keys follow from the user's id.
ELSEWHERE: Mapping[Kind, tuple[Callable[[str], Key], ...]] = {Kind.STANDING: (keys.standing,)}
# Items elsewhere, whose keys follow from an item of the partition: the kind of that item, how they follow, and the
# functions that make them.
LINKED: Mapping[Kind, tuple[Kind, Callable[[Item], list[Key]], tuple[Callable[..., Key], ...]]] = {
    Kind.DIRECTORY: (Kind.PROFILE, directory.keys_of, (keys.newest_user, keys.user_by_id, keys.name_word)),
    Kind.GROUP_MEMBERS: (Kind.MEMBERSHIPS, _member_of, (keys.group_member,)),
    Kind.PROCESSING_OWNERS: (
        Kind.PROCESSINGS,
        lambda processing: [keys.processing_owner(processing["processing_id"])],
        (keys.processing_owner,),
    ),
}
# Objects, by functions of `keys`: with the user's id alone, these give the beginning of the name.
OBJECTS: Mapping[Kind, Callable[[str], str]] = {
    Kind.AVATARS: keys.avatar,
    Kind.UPLOADS: keys.avatar_upload,
    Kind.DOCUMENT_UPLOADS: keys.document_upload,
    Kind.EXPORT_FILES: keys.export_file,
}


def items(user_id: str) -> Iterator[tuple[Kind, Item]]:
    """Yield every item that is held about the user, with its kind. What follows from an item comes before it, so that
    deleting them in this order loses nothing."""
    for item in table.query_all(keys.profile(user_id)._replace(SK=""), consistent=True):
        kind = _kind_of(user_id, item)
        for linked, (origin, follow, _) in LINKED.items():
            if kind is origin:
                yield from ((linked, each) for each in table.get_many(follow(item), consistent=True) if each)
        yield kind, item
    for kind, made in ELSEWHERE.items():
        found = table.get_many([make(user_id) for make in made], consistent=True)
        yield from ((kind, item) for item in found if item)


def beside(kind: Kind, item: Item) -> list[Write]:
    """Return the writes for the transaction that deletes an item: a group counts its members.

    A member without a group, as a partial restore may leave one, must not hold up the erasure.
    """
    group = Key(item["PK"], keys.group().SK)
    if kind is not Kind.GROUP_MEMBERS or table.get(group, consistent=True) is None:
        return []
    return [Update(group, add={"members_count": -1}, when=PRESENT)]


def objects(user_id: str) -> Iterator[tuple[Kind, list[str]]]:
    """Yield the names of the objects of each kind."""
    for kind, prefix in OBJECTS.items():
        yield kind, storage.names(prefix(user_id))


def _kind_of(user_id: str, item: Item) -> Kind:
    for kind, made in PARTITION.items():
        if any(item["SK"].startswith(make(user_id).SK) for make in made):
            return kind
    return Kind.OTHER
