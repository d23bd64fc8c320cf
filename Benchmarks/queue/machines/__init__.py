"""A cohort on a thousand machines: see ../cohort."""
