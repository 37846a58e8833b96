package vaultclient

import (
	"fmt"
	"strings"
)

// Mutation is an order to change something in the vault: ShareRecord, LowerRecord, RevokeRecord, TransferRecord, ShareFolder,
// UnshareFolder, ShareFolderTeam, UnshareFolderTeam, FolderRecordRights, OneTimeShareCreate, OneTimeShareRemove, RecordAdd, RecordUpdate, EPMAction or DeviceAction. Each is a plain value.
type Mutation interface {
	// command builds the line to send for a service with these abilities; its error wraps ErrInvalid.
	command(abilities) (command, error)
	// judge returns nil where the answer has no meaning particular to this command.
	judge(Reply) Outcome
}

// abilities are what the version of the service decides (PROTOCOL 16).
type abilities struct {
	base64 bool   // understands $BASE64: in field values
	epm    string // the word for endpoint commands
}

// newest is what the current release understands.
var newest = abilities{base64: true, epm: "epm"}

// Check reports whether m can be sent at all, to a service of the newest version; the error wraps ErrInvalid.
func Check(m Mutation) error {
	_, err := m.command(newest)
	return err
}

// CommandText returns the command of m as logs and plans may show it, with dots for secrets; the error wraps ErrInvalid.
func CommandText(m Mutation) (string, error) {
	c, err := m.command(newest)
	return c.masked, err
}

// masked prints a mutation that holds secrets.
func masked(m Mutation) string {
	text, err := CommandText(m)
	if err != nil {
		return fmt.Sprintf("%T that cannot be sent", m)
	}
	return text
}

// secretsOf returns the secret texts of m in every spelling that an answer could repeat.
func secretsOf(m Mutation) []string {
	var secrets []string
	for _, a := range []abilities{newest, {epm: "epm"}} {
		if c, err := m.command(a); err == nil {
			secrets = append(secrets, c.secrets...)
		}
	}
	return secrets
}

// Standing says what was found in the vault of a mutation whose answer proved nothing.
type Standing int

const (
	// Absent: nothing of it is there. It was not done, or is still waiting in the queue: see QueueStatus.Idle.
	Absent Standing = iota
	// Different: something is there, but not what was ordered.
	Different
	// Stands: what was ordered is there.
	Stands
)

// String names the standing.
func (s Standing) String() string {
	return [...]string{"absent", "different", "stands"}[s]
}

// Finding is what a Verify method found. Evidence is set if and only if the mutation Stands.
type Finding struct {
	Standing Standing
	Evidence Evidence
	Text     string // what is there instead, for the work notes
}

func stands(e Evidence) Finding         { return Finding{Stands, e, ""} }
func absent(text string) Finding        { return Finding{Absent, nil, text} }
func differentFrom(text string) Finding { return Finding{Different, nil, text} }

// said returns the text after prefix in the first line that begins with it.
func (r Reply) said(prefix string) (rest string, ok bool) {
	for _, line := range r.lines {
		if rest, ok := strings.CutPrefix(line, prefix); ok {
			return rest, true
		}
	}
	return "", false
}

// refusals maps stable parts of the service's texts to reasons, first match first.
type refusals []struct {
	part string
	kind Refusal
}

// find returns the refusal of the first line that fits, nil if none does.
func (rs refusals) find(r Reply) Outcome {
	for _, refusal := range rs {
		if r.line(refusal.part) != "" {
			return Refused{refusal.kind, r.text()}
		}
	}
	return nil
}
