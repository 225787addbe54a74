"""`make clean` removes what was made, and nothing that was written."""

from backend.config.clean import clean


class TestClean:
    def test_removes_database_caches_and_compiled_files_and_keeps_sources(self, tmp_path):
        tmp_path.chmod(0o711)
        (tmp_path / "var" / "log").mkdir(parents=True)
        (tmp_path / ".ruff_cache").mkdir()
        (tmp_path / "backend" / "__pycache__").mkdir(parents=True)
        (tmp_path / "backend" / "django.mo").write_text("")
        (tmp_path / "backend" / "django.po").write_text("")

        clean(tmp_path)

        left = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*")}
        assert left == {"backend", "backend/django.po"}
