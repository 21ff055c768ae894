"""What a Pulumi program writes: the resource, the explicit account and the look-ups."""

from pulumi_userplane.program.program_folder import search_program_folder_last

# Here, since this runs before the package imports anything else, by a program and by Pulumi's provider host.
search_program_folder_last()
