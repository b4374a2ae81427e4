"""Whether two checkouts of the same sources upload the same, whoever has made them and where."""

from collections.abc import Iterator

from packages import contents
from packages.publish import Published
from packages.rules import named


def differences(one: Published, other: Published) -> Iterator[str]:
    """What two machines would upload differently: each would cause a deploy of nothing new."""
    keys = {each.name for each in one.zips.iterdir()}
    for key in sorted(keys ^ {each.name for each in other.zips.iterdir()}):
        yield f"{key} was published by one of two equal checkouts only."
    pairs = zip(
        contents.archives(contents.for_aws(one)),
        contents.archives(contents.for_aws(other)),
        strict=False,
    )
    for first, second in pairs:
        files = [{file.name: file for file in each.files()} for each in (first, second)]
        names = files[0].keys() | files[1].keys()
        if different := sorted(each for each in names if files[0].get(each) != files[1].get(each)):
            yield f"{first.title}: {named(different)} not the same in two equal checkouts."
