"""Start-up of the projects app."""

from django.apps import AppConfig


class ProjectsConfig(AppConfig):
    """Projects with their budget lines, milestones and exchanges."""

    name = "backend.projects"
    verbose_name = "Projects"
