"""Sums as text: all of them, each once, and no pair on two sides."""

from course_utils import data


def test_every_sum_lies_in_exactly_one_part_and_has_its_answer() -> None:
    splits = data.sums()
    parts = (splits.train, splits.validation, splits.test)
    questions = [question for part in parts for question in part.questions]
    assert len(questions) == len(set(questions)) == 101 * 101
    for part in parts:
        for question, answer in zip(part.questions, part.answers, strict=True):
            assert sum(map(int, question.split("+"))) == int(answer)


def test_both_orders_of_a_pair_lie_in_the_same_part() -> None:
    splits = data.sums()
    for part in (splits.train, splits.validation, splits.test):
        known = set(part.questions)
        assert {"+".join(reversed(question.split("+"))) for question in known} == known


def test_the_test_part_is_a_tenth_of_the_pairs_with_zeros_among_them() -> None:
    splits = data.sums()
    pairs = [
        question
        for question in splits.test.questions
        if int(question.split("+")[0]) <= int(question.split("+")[1])
    ]
    assert len(pairs) == 101 * 102 // 2 // 10
    assert any("0" in question.split("+") for question in pairs)


def test_the_draw_is_the_same_each_time() -> None:
    assert data.sums().test.questions == data.sums().test.questions
