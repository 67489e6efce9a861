"""What runs together: jobs and schedules over assets, named by verbs."""
