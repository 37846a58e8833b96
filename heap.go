package main

/*
#include <stdlib.h>
#ifdef __GLIBC__
#include <malloc.h>

// One heap for all threads, from before the first of them: SQLite takes a lock
// around each allocation anyhow, and a heap for each thread that ever read a page
// costs some MiB.
static void __attribute__((constructor)) one_heap(void) { mallopt(M_ARENA_MAX, 1); }
#endif
*/
import "C"
