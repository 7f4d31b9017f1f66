"""What nbgrader needs to know to grade a class, as a file that root alone writes."""

from traitlets.config.loader import PyFileConfigLoader

WRITTEN = """\
c = get_config()
c.CourseDirectory.course_id = "elves"
c.CourseDirectory.root = "{home}/course"
c.CourseDirectory.max_file_size = 10_000  # kilobytes
c.Exchange.root = "{home}/exchange"
c.GenerateAssignment.force = True
c.ExchangeReleaseAssignment.force = True
c.Autograde.force = True
c.Autograde.autograde_preprocessors = [
    "classroom.marking.Run",  # instead of nbgrader.preprocessors.Execute
    "nbgrader.preprocessors.LimitOutput",
    "nbgrader.preprocessors.SaveAutoGrades",
    "nbgrader.preprocessors.CheckCellMetadata",
]
c.Run.kernel_name = "elves-grading"
c.GenerateFeedback.force = True
c.GenerateFeedback.preprocessors = [
    "nbgrader.preprocessors.GetGrades",
    "nbgrader.preprocessors.ClearHiddenTests",
    "nbconvert.preprocessors.CSSHTMLHeaderPreprocessor",
]
"""


def write(home):
    """Write the configuration where root alone writes, since root reads it; gives it as Config."""
    folder = home / "settings"
    folder.mkdir(exist_ok=True)
    (folder / "grading_config.py").write_text(WRITTEN.format(home=home), "utf-8")
    return PyFileConfigLoader("grading_config.py", str(folder)).load_config()
