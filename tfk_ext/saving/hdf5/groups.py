"""Links of a group. Only plain links are followed; any other is refused."""

from __future__ import annotations

from collections.abc import Iterator

from tfk_ext.saving.hdf5 import headers
from tfk_ext.saving.hdf5.heaps import FractalHeap, LocalHeap, tree2_records, tree_leaves
from tfk_ext.saving.hdf5.source import Cursor, Source


def links(source: Source, messages: list[headers.Message]) -> Iterator[tuple[str, int]]:
    """Yield name and address of each object that a group holds.

    Raises:
        LoadError: a link leads out of the file, or is not a plain one; a name is hostile or given twice.
    """
    for message in messages:
        if message.kind == headers.SYMBOL_TABLE:
            cursor = Cursor(source, message.data)
            yield from _old(source, cursor.address(), cursor.address())
        elif message.kind == headers.LINK:
            yield _link(source, message.data)
        elif message.kind == headers.LINK_INFO:
            yield from _dense(source, message.data)


def is_group(messages: list[headers.Message]) -> bool:
    """Tell whether an object is a group."""
    kinds = {message.kind for message in messages}
    return bool(kinds & {headers.SYMBOL_TABLE, headers.LINK_INFO, headers.LINK})


def _old(source: Source, tree: int, heap_address: int) -> Iterator[tuple[str, int]]:
    heap = LocalHeap(source, heap_address)
    entry = 2 * source.offset_size + 24
    for _, address in tree_leaves(source, tree, 0, source.length_size):
        head = Cursor(source, source.read(address, 8))
        head.expect(b"SNOD")
        head.skip(2)
        count = head.uint(2)
        body = Cursor(source, source.read(address + 8, count * entry))
        for _ in range(count):
            name, target, cache = body.address(), body.address(), body.uint(4)
            body.skip(20)
            text = _name(source, heap.text(name))
            if cache == 2:
                raise source.fail("soft-link", f"{text!r} is a soft link; no Keras writes links.")
            yield text, target


def _dense(source: Source, data: bytes) -> Iterator[tuple[str, int]]:
    cursor = Cursor(source, data, 1)
    flags = cursor.uint(1)
    cursor.skip(8 if flags & 1 else 0)
    heap_address, tree = cursor.address(), cursor.address()
    if not source.defined(heap_address):
        return
    heap = FractalHeap(source, heap_address)
    for record in tree2_records(source, tree, (5,)):
        yield _link(source, heap.get(record[4:]))


def _link(source: Source, data: bytes) -> tuple[str, int]:
    cursor = Cursor(source, data)
    version, flags = cursor.uint(1), cursor.uint(1)
    if version != 1:
        raise source.fail("unsupported", "a link of an unknown version.")
    kind = cursor.uint(1) if flags & 8 else 0
    cursor.skip(8 if flags & 4 else 0)
    cursor.skip(1 if flags & 16 else 0)
    text = _name(source, cursor.take(cursor.uint(1 << (flags & 3))))
    if kind == 0:
        return text, cursor.address()
    if kind == 1:
        raise source.fail("soft-link", f"{text!r} is a soft link; no Keras writes links.")
    if kind == 64:
        target = cursor.take(cursor.uint(2)).replace(b"\0", b" ").decode("utf-8", "replace").strip()
        raise source.fail("external-link", f"{text!r} is a link into another file ({target!r}).")
    raise source.fail("external-link", f"{text!r} is a link of the unknown kind {kind}.")


def _name(source: Source, raw: bytes) -> str:
    if len(raw) > source.limits.name_bytes:
        raise source.fail(
            "name", f"a name of {len(raw)} bytes is longer than {source.limits.name_bytes} ({raw[:40]!r}...)."
        )
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise source.fail("name", f"the name {raw[:80]!r} is no text.") from None
    if not text or text in (".", "..") or "/" in text or not text.isprintable():
        raise source.fail("name", f"{text!r} is not the name of anything.")
    return text
