"""Object headers: the list of messages that describes a group or an array."""

from __future__ import annotations

import dataclasses

from tfk_ext.saving.hdf5.source import Cursor, Source

DATASPACE, LINK_INFO, DATATYPE, FILL_OLD, FILL, LINK = 0x01, 0x02, 0x03, 0x04, 0x05, 0x06
EXTERNAL, LAYOUT, FILTERS, ATTRIBUTE, SHARED_TABLE = 0x07, 0x08, 0x0B, 0x0C, 0x0F
CONTINUATION, SYMBOL_TABLE, ATTRIBUTE_INFO = 0x10, 0x11, 0x15

_MOST_BLOCKS = 10_000
_MOST_MESSAGES = 200_000


@dataclasses.dataclass
class Message:
    """One message: its type, its bytes, and whether the bytes say where the real ones are."""

    kind: int
    data: bytes
    shared: bool


def read_header(source: Source, address: int) -> list[Message]:
    """Return the messages of the object at an address."""
    start = source.read(address, 16)
    if start[:4] == b"OHDR":
        return _version_2(source, address)
    if start[0] != 1:
        raise source.fail("damaged", f"there is no object at byte {address}.")
    size = int.from_bytes(start[8:12], "little")
    return _blocks(source, [(address + 16, size)], None)


def _version_2(source: Source, address: int) -> list[Message]:
    head = Cursor(source, source.read(address, min(48, source.size - source.base - address)), 4)
    if head.uint(1) != 2:
        raise source.fail("unsupported", "an object header of an unknown version.")
    flags = head.uint(1)
    head.skip(16 if flags & 0x20 else 0)
    head.skip(4 if flags & 0x10 else 0)
    size = head.uint(1 << (flags & 3))
    return _blocks(source, [(address + head.place, size)], flags)


def _blocks(source: Source, blocks: list[tuple[int, int]], flags: int | None) -> list[Message]:
    """Read the messages of all blocks; a continuation message adds a block."""
    messages: list[Message] = []
    seen: set[int] = set()
    first = True
    while blocks:
        address, size = blocks.pop(0)
        if address in seen or len(seen) > _MOST_BLOCKS:
            raise source.fail("structure", "an object header continues in itself.")
        seen.add(address)
        cursor = Cursor(source, source.read(address, size))
        if flags is not None and not first:
            cursor.expect(b"OCHK")
            cursor = Cursor(source, cursor.data[:-4], 4)
        first = False
        for message in _messages(cursor, flags):
            if message.kind == CONTINUATION:
                inner = Cursor(source, message.data)
                blocks.append((inner.address(), inner.length()))
            elif message.kind:
                messages.append(message)
        if len(messages) > _MOST_MESSAGES:
            raise source.fail("structure", f"an object header has more than {_MOST_MESSAGES} messages.")
    return messages


def _messages(cursor: Cursor, flags: int | None):
    if flags is None:
        while cursor.left() >= 8:
            kind, size, options = cursor.uint(2), cursor.uint(2), cursor.uint(1)
            cursor.skip(3)
            yield Message(kind, cursor.take(size), bool(options & 2))
        return
    ordered = 2 if flags & 4 else 0
    while cursor.left() >= 4 + ordered:
        kind, size, options = cursor.uint(1), cursor.uint(2), cursor.uint(1)
        cursor.skip(ordered)
        yield Message(kind, cursor.take(size), bool(options & 2))


def content(source: Source, message: Message) -> bytes:
    """Return a message's bytes, those of the object that it points to if it is shared."""
    if not message.shared:
        return message.data
    return shared(source, message.kind, Cursor(source, message.data))


def shared(source: Source, kind: int, cursor: Cursor) -> bytes:
    """Return the bytes of a message that another object holds, such as a named type."""
    version, place = cursor.uint(1), cursor.uint(1)
    if version not in (1, 2, 3) or (version == 3 and place == 1):
        raise source.fail("unsupported", "a shared message, as no Keras writes one.")
    if version == 1:
        cursor.skip(6)
    for message in read_header(source, cursor.address()):
        if message.kind == kind and not message.shared:
            return message.data
    raise source.fail("damaged", "a shared message points to nothing.")
