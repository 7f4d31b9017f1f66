"""A class on one machine: JupyterHub, a Unix user for each learner, and grading with nbgrader."""
