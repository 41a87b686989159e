# Nothing here is for Python: the guard asks it in C.
