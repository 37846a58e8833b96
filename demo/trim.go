package demo

/*
#include <stdlib.h>
#ifdef __GLIBC__
#include <malloc.h>
static void trim(void) { malloc_trim(0); }
#else
static void trim(void) {}
#endif
*/
import "C"
import "runtime/debug"

// trim gives memory back that neither Go nor SQLite uses any more.
func trim() {
	debug.FreeOSMemory()
	C.trim()
}
