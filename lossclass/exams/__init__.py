"""Exams: several problems that are asked, handed in and marked as one."""
