"""The edit distance of two texts."""


def edit_distance(first: str, second: str) -> int:
    """The least number of characters put in, left out or changed to make one text of the other.

    Myers (1999), "A fast bit-vector algorithm for approximate string matching based on dynamic
    programming", in the form that Hyyro (2003) gives it for whole texts: a column of the table of
    distances is held as the differences of its neighbours, +1 and -1, in the bits of two numbers.
    """
    if not first:
        return len(second)
    every, last = (1 << len(first)) - 1, 1 << (len(first) - 1)
    places: dict[str, int] = {}
    for place, character in enumerate(first):
        places[character] = places.get(character, 0) | 1 << place
    distance, more, less = len(first), every, 0
    for character in second:
        equal = places.get(character, 0)
        diagonal = (((equal & more) + more) ^ more) | equal | less
        right_more = less | (every & ~(diagonal | more))
        right_less = diagonal & more
        distance += bool(right_more & last) - bool(right_less & last)
        right_more = right_more << 1 | 1
        right_less <<= 1
        more = every & (right_less | ~(diagonal | right_more))
        less = every & right_more & diagonal
    return distance
