package vaultclient

import (
	"context"
	"errors"
)

// PermitState is the state of one command word in the key's allow list.
type PermitState string

// The states.
const (
	Permitted PermitState = "permitted"
	Missing   PermitState = "missing" // the administrator must add the word
	Unclear   PermitState = "unclear" // could not be found out
)

// Permit is what a probe found out about one command word.
type Permit struct {
	Command  string
	State    PermitState
	Disables string // what cannot be done without it
	Optional bool   // the program works without it
	Err      error  // why it is Unclear
}

// ProbeReport lists the permits of a key.
type ProbeReport struct{ Permits []Permit }

// probes are the commands without side effects of PROTOCOL 5: anything but 403, 401 and 429 means that the word is permitted.
// Those that change something are sent without the arguments they need.
func (c *Client) probes() []probe {
	return []probe{
		{newCommand("search").json().positional("zzzz"), "the index of records and folders, and finding a record after a lost answer", false},
		{newCommand("get").json().uid("AAAAAAAAAAAAAAAAAAAAAA"), "planning and checking of every change", false},
		{newCommand("list-sf").json(), "the picker for shared folders", false},
		{newCommand("sync-down"), "seeing what others changed, and finding out about lost answers", false},
		{newCommand("share-record"), "access to records", false},
		{newCommand("share-folder"), "access to folders", false},
		{newCommand("one-time-share"), "one-time shares", false},
		{newCommand("record-add"), "storing new records", false},
		{newCommand("record-update"), "changing records", false},
		{newCommand(c.epmWord), "endpoint requests", false},
		{newCommand("device-approve").json(), "approving devices", false},
		{newCommand("version"), "knowing what the service understands (the configuration can say it)", true},
		{newCommand("server"), "showing Keeper's region", true},
		{newCommand("tree"), "the folder tree", true},
		{newCommand("ls").json(), "looking into folders", true},
		{newCommand("whoami"), "showing the service account", true},
	}
}

type probe struct {
	command  *commandBuilder
	disables string
	optional bool
}

// Probe finds out which commands the key's allow list permits, by one harmless call for each. It stops with an error at what
// concerns all commands: a refused key or address, an unreachable service, or an exhausted budget.
func (c *Client) Probe(ctx context.Context) (ProbeReport, error) {
	var report ProbeReport
	for _, p := range c.probes() {
		cmd, err := p.command.build()
		if err != nil {
			return report, err
		}
		permit := Permit{cmd.word, Permitted, p.disables, p.optional, nil}
		switch r, err := c.run(ctx, cmd); {
		case err == nil:
			if v, err := parseVersion(r); err == nil && cmd.word == "version" {
				c.version.Store(&v)
			}
			r.wipe()
		case errors.Is(err, ErrNotPermitted):
			permit.State = Missing
		case errors.Is(err, ErrExpired), errors.Is(err, ErrQueueFull), errors.Is(err, ErrTooLarge), errors.Is(err, ErrEncrypted):
			permit.State, permit.Err = Unclear, err
		default:
			return report, err
		}
		report.Permits = append(report.Permits, permit)
	}
	return report, nil
}

// Allows reports whether a command word is known to be permitted.
func (r ProbeReport) Allows(word string) bool {
	for _, p := range r.Permits {
		if p.Command == word {
			return p.State == Permitted
		}
	}
	return false
}

// Missing returns the permits that are missing, the optional ones last as they are in the report.
func (r ProbeReport) Missing() []Permit {
	var missing []Permit
	for _, p := range r.Permits {
		if p.State == Missing {
			missing = append(missing, p)
		}
	}
	return missing
}
