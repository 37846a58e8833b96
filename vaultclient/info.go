package vaultclient

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// SyncDown makes the service fetch what others changed in the vault. Its answer is a canned sentence and no proof.
func (c *Client) SyncDown(ctx context.Context) error {
	return c.sync(ctx, newCommand("sync-down"))
}

// SyncEPM makes the service fetch endpoint requests and decisions made elsewhere; without it lists are stale (PROTOCOL 12.7).
func (c *Client) SyncEPM(ctx context.Context) error {
	return c.sync(ctx, newCommand(c.epmWord, "sync-down"))
}

func (c *Client) sync(ctx context.Context, b *commandBuilder) error {
	cmd, err := b.build()
	if err != nil {
		return err
	}
	_, err = read(ctx, c, cmd, parseSync)
	return err
}

// parseSync takes whatever the command may print, its canned sentence or a count of records, as long as it ran.
func parseSync(r Reply) (struct{}, error) {
	if r.code >= 300 || r.exception || r.sessionLost() || notUnderstood(r) {
		return struct{}{}, failed(r)
	}
	return struct{}{}, nil
}

// Server returns the name of Keeper's region host, as the service gives it but without the scheme.
func (c *Client) Server(ctx context.Context) (string, error) {
	cmd, err := newCommand("server").build()
	if err != nil {
		return "", err
	}
	return read(ctx, c, cmd, parseServer)
}

func parseServer(r Reply) (string, error) {
	if len(r.lines) != 1 || r.code != 200 || r.sessionLost() || strings.ContainsAny(r.lines[0], " \t") {
		return "", failed(r)
	}
	return strings.TrimPrefix(r.lines[0], "https://"), nil
}

// Account says who the service is logged in as.
type Account struct {
	User   Email
	Server string
}

// WhoAmI returns the service account.
func (c *Client) WhoAmI(ctx context.Context) (Account, error) {
	cmd, err := newCommand("whoami").build()
	if err != nil {
		return Account{}, err
	}
	return read(ctx, c, cmd, parseWhoAmI)
}

func parseWhoAmI(r Reply) (Account, error) {
	var w struct {
		User   Email  `json:"user"`
		Server string `json:"server"`
	}
	if json.Unmarshal(r.data, &w) != nil || w.User == "" {
		return Account{}, failed(r)
	}
	return Account(w), nil
}

// Version is a release of Commander.
type Version struct{ Major, Minor, Patch int }

// ParseVersion reads "18.0.13"; the error wraps ErrInvalid.
func ParseVersion(s string) (Version, error) {
	parts := strings.Split(s, ".")
	var n [3]int
	for i := range n {
		if i >= len(parts) {
			break
		}
		v, err := strconv.Atoi(parts[i])
		if err != nil || v < 0 || len(parts) > 3 {
			return Version{}, fmt.Errorf("version %q: %w", s, ErrInvalid)
		}
		n[i] = v
	}
	return Version{n[0], n[1], n[2]}, nil
}

// String returns the usual spelling.
func (v Version) String() string { return fmt.Sprintf("%d.%d.%d", v.Major, v.Minor, v.Patch) }

// AtLeast reports whether v is other or newer.
func (v Version) AtLeast(other Version) bool {
	if v.Major != other.Major {
		return v.Major > other.Major
	}
	if v.Minor != other.Minor {
		return v.Minor > other.Minor
	}
	return v.Patch >= other.Patch
}

// base64Since is the release from which field values may be sent as $BASE64; older ones store the text as it stands. The
// change is in the tree of 17.2.7, so the next one is the first release sure to have it (PROTOCOL 16).
var base64Since = Version{17, 2, 8}

// Version returns the service's release and remembers it for what Submit may send.
func (c *Client) Version(ctx context.Context) (Version, error) {
	cmd, err := newCommand("version").build()
	if err != nil {
		return Version{}, err
	}
	v, err := read(ctx, c, cmd, parseVersion)
	if err == nil {
		c.version.Store(&v)
	}
	return v, err
}

// VersionKnown reports whether the service's release was configured or asked for. Until it is, the service is taken for an old one.
func (c *Client) VersionKnown() bool { return c.version.Load() != nil }

func parseVersion(r Reply) (Version, error) {
	if text, ok := r.said("Commander Version: "); ok {
		number, _, _ := strings.Cut(text, " ")
		if v, err := ParseVersion(number); err == nil {
			return v, nil
		}
	}
	return Version{}, failed(r)
}
