package vaultsim

import (
	"slices"
	"sync"
)

// sharedOutput is what queue=n does to output: commands that run side by side write into one place, and each
// caller receives all that was written since its own command began (PROTOCOL 9.6).
type sharedOutput struct {
	mu      sync.Mutex
	running int
	all     output
}

// mark is the place in the shared output at which a command began.
type mark struct{ printed, logged int }

func (o *sharedOutput) enter() mark {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.running++
	return mark{len(o.all.printed), len(o.all.logged)}
}

func (o *sharedOutput) leave() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.running--
	if o.running == 0 {
		o.all = output{}
	}
}

// merge adds a command's output to the shared one and gives the command all since its mark.
func (o *sharedOutput) merge(from mark, out *output) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.all.printed = append(o.all.printed, out.printed...)
	o.all.logged = append(o.all.logged, out.logged...)
	out.printed = slices.Clone(o.all.printed[from.printed:])
	out.logged = slices.Clone(o.all.logged[from.logged:])
}
