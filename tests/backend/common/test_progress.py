import io

from backend.common.progress import progress, silently


class ATerminal(io.StringIO):
    def isatty(self):
        return True


class TestProgress:
    def test_passes_every_step_on(self):
        assert list(progress(iter("abc"), 3, "Reading", io.StringIO())) == ["a", "b", "c"]

    def test_writes_four_lines_into_a_log(self):
        out = io.StringIO()

        list(progress(range(1000), 1000, "Reading", out))

        assert out.getvalue().splitlines() == [
            "Reading: 250 of 1,000",
            "Reading: 500 of 1,000",
            "Reading: 750 of 1,000",
            "Reading: 1,000 of 1,000",
        ]

    def test_moves_a_bar_on_a_terminal(self):
        out = ATerminal()

        list(progress(range(10), 10, "Reading", out))

        assert out.getvalue().endswith(f"\rReading [{'#' * 30}] 10 of 10\n")
        assert out.getvalue().count("\n") == 1

    def test_speaks_on_standard_error_unless_told_otherwise(self, capsys):
        list(progress([1], 1, "Reading"))

        assert capsys.readouterr() == ("", "Reading: 1 of 1\n")

    def test_of_nothing_ends_at_once(self):
        out = io.StringIO()

        assert list(progress([], 0, "Reading", out)) == []
        assert out.getvalue() == "Reading: 0 of 0\n"


class TestSilently:
    def test_passes_every_step_on(self):
        assert list(silently([1, 2], 2, "Reading")) == [1, 2]
