"""What all parts of a study's files share: the study, and where its results lie."""

from scripts.lib.config.study import Study


class StudyPart:
    """A part of StudyFiles."""

    study: Study

    def path(self, *parts: str) -> str:
        """A file of the study's results."""
        return "/".join(["results", self.study.study, *parts])
