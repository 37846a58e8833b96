package workflow

import "fmt"

// What holds opened secrets prints and encodes without them, so that no log line
// and no error can hold one by accident.

// Format prints the draft without its secrets.
func (d Draft) Format(f fmt.State, verb rune) {
	type shown Draft
	d.Secrets = nil
	_, _ = fmt.Fprintf(f, fmt.FormatString(f, verb), shown(d))
}

// Format prints the order without its secrets.
func (o Order) Format(f fmt.State, verb rune) {
	type shown Order
	o.Secrets = nil
	_, _ = fmt.Fprintf(f, fmt.FormatString(f, verb), shown(o))
}

// Format prints the outcome without the link.
func (o Outcome) Format(f fmt.State, verb rune) {
	type shown Outcome
	o.Secret = nil
	_, _ = fmt.Fprintf(f, fmt.FormatString(f, verb), shown(o))
}

// Format prints what was revealed without the link.
func (r Revealed) Format(f fmt.State, verb rune) {
	type shown Revealed
	r.Link = nil
	_, _ = fmt.Fprintf(f, fmt.FormatString(f, verb), shown(r))
}

// Format prints the change without its secrets and its notes, which often hold
// one.
func (c Change) Format(f fmt.State, verb rune) {
	type shown Change
	c.Secrets = nil
	if c.Notes != "" {
		c.Notes = "•••"
	}
	_, _ = fmt.Fprintf(f, fmt.FormatString(f, verb), shown(c))
}

// Format prints the answer without the link.
func (r reply) Format(f fmt.State, verb rune) {
	type shown reply
	r.Link = nil
	_, _ = fmt.Fprintf(f, fmt.FormatString(f, verb), shown(r))
}
