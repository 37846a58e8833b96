package demo

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"countersign/model"
	"countersign/seal"
	"countersign/store"
	"countersign/vaultadapt"
	"countersign/vaultclient/vaultsim"
	"countersign/workflow"
)

// The numbers of requests that a demo can have.
const (
	DefaultRequests = 150
	LeastRequests   = 64
	MostRequests    = 200_000
)

// Options say what kind of demo is wanted. The zero value is the usual one.
type Options struct {
	// Dir keeps the queue: one that is there is opened again, otherwise a new one
	// is made. Empty means a temporary folder that Close removes.
	Dir      string
	Requests int    // DefaultRequests where it is 0
	Seed     uint64 // the same story for the same seed
	// Login, where it is not empty, is a further person who may do everything, so
	// that commands can be tried on a kept queue.
	Login string
	// Away leaves the vault service unreachable.
	Away bool
	// Control, where it is not empty, is a file that gets the simulator's address
	// and the token for its control endpoints, as JSON.
	Control string
	// Rate is how many calls the vault service answers to, "60/minute" where it is
	// empty.
	Rate string
	// Elevations is how many endpoint requests wait beside the usual ones, the first
	// of them ending after ElevationsLeft.
	Elevations     int
	ElevationsLeft time.Duration
	// Endpoints is what is configured about endpoint requests.
	Endpoints workflow.EndpointSettings
	// Audited, where it is not nil, is told what is added to the audit while the demo
	// runs.
	Audited func(e model.AuditEvent)
	// Progress, where it is not nil, is told how many scenes of the history have
	// been played, and of how many.
	Progress func(done, all int)
}

// Demo is a running demo. Close it.
type Demo struct {
	DB    *store.DB
	Vault *vaultsim.Server
	URL   string // of the vault service
	Key   string // of the vault service
	Now   func() time.Time
	// Identity opens what is sealed in the demo.
	Identity seal.Identity

	endpoints workflow.EndpointSettings
	audited   func(model.AuditEvent)
	temporary string // folder to remove, "" if none
}

// note is what a kept demo remembers, in the file noteName.
type note struct {
	Seed  uint64    `json:"seed"`
	Began time.Time `json:"began"`
}

const noteName = "demo.json"

// Start opens a demo: the vault service listens on the loopback interface, and
// the queue is filled. Errors are those of the store and of the network; a folder
// that holds anything but a demo is refused.
func Start(ctx context.Context, opt Options) (*Demo, error) {
	if opt.Requests == 0 {
		opt.Requests = DefaultRequests
	}
	if opt.Progress == nil {
		opt.Progress = func(int, int) {}
	}
	d := &Demo{Key: rand.Text() + rand.Text()}
	if err := d.start(ctx, opt); err != nil {
		return nil, errors.Join(fmt.Errorf("start the demo: %w", err), d.Close())
	}
	return d, nil
}

func (d *Demo) start(ctx context.Context, opt Options) error {
	d.endpoints, d.audited = opt.Endpoints, opt.Audited
	dir := opt.Dir
	if dir == "" {
		var err error
		if dir, err = os.MkdirTemp("", "countersign-demo-"); err != nil {
			return err
		}
		d.temporary = dir
	}
	kept, found, err := readNote(dir)
	if err != nil {
		return err
	}
	if !found {
		kept = note{Seed: opt.Seed, Began: time.Now().UTC().Truncate(time.Second)}
	}
	vaultClock := vaultsim.NewClock()
	world := company(kept.Seed, kept.Began, vaultClock)
	if opt.Login != "" && !employs(world.People, opt.Login) {
		world.Vault.AddUser(vaultsim.User{Email: addressOf(opt.Login), Relation: vaultsim.Known})
	}
	c := &clock{live: vaultClock.Now}
	d.Now = c.now
	if d.DB, err = store.Open(ctx, store.Options{Dir: dir, Now: c.now, Audited: d.audited}); err != nil {
		return err
	}
	if d.Identity, err = identity(opt.Dir); err != nil {
		return err
	}
	if found {
		err = agree(ctx, d.DB, world.Vault)
	} else {
		err = tell(ctx, d.DB, c, world, d.Identity, kept, opt)
	}
	if err == nil && !found {
		err = writeJSON(filepath.Join(dir, noteName), kept)
	}
	if err == nil && !found && opt.Requests >= many {
		err = d.forget(ctx, dir)
	}
	if err != nil {
		return err
	}
	return d.serve(world, opt)
}

// many is how many requests make the telling of them take memory that is worth
// giving back.
const many = 1000

// forget gives back what telling the history took: the pages that the store keeps
// at hand, and the story itself.
func (d *Demo) forget(ctx context.Context, dir string) error {
	err := d.DB.Close()
	if err != nil {
		return err
	}
	trim()
	d.DB, err = store.Open(ctx, store.Options{Dir: dir, Now: d.Now, Audited: d.audited})
	return err
}

// tell plays the company's history into an empty queue.
func tell(ctx context.Context, db *store.DB, c *clock, world *vaultsim.World, id seal.Identity, n note, opt Options) error {
	s := &stage{db: db, clock: c, world: world, identity: id, now: n.Began, random: random(n.Seed)}
	defer c.run()
	if err := s.register(ctx, opt.Login, (pastDays+5)*day); err != nil {
		return err
	}
	s.lookAround()
	s.tellAll(opt.Requests)
	if err := s.play(ctx, db, c, s.now, opt.Progress); err != nil {
		return err
	}
	s.settle()
	if err := s.crowd(ctx, opt.Elevations, opt.ElevationsLeft); err != nil {
		return err
	}
	return s.writeLogs(ctx)
}

// agree gives people in the vault what they have by a kept queue.
func agree(ctx context.Context, db *store.DB, v *vaultsim.Vault) error {
	if err := restore(ctx, db, v); err != nil {
		return err
	}
	return db.Read(ctx, func(tx *store.Tx) error {
		q := store.GrantQuery{Span: store.Span{Limit: 500}}
		for {
			page, err := tx.Grants(q)
			if err != nil {
				return err
			}
			for _, row := range page.Rows {
				g := row.Grant
				if g.Link != "" {
					l := linkInVault(model.Intent{Link: g.Link, Number: g.Number, Record: g.Target.UID, Right: g.Right, Expires: g.Until}, g.Since)
					l.Opened = g.Opened
					v.AddOneTimeShare(l)
					continue
				}
				if g.State == model.GrantActive && g.Drift == "" && (g.Until.IsZero() || g.Until.After(tx.Now)) {
					tellVault(v, place{g.Target.UID, g.Email}, model.Share{Right: g.Right, Expires: g.Until})
				}
			}
			if q.Span.After = page.Next(); q.Span.After == (store.Cursor{}) {
				return nil
			}
		}
	})
}

// serve lets the vault service listen, unless it is to be away.
func (d *Demo) serve(world *vaultsim.World, opt Options) error {
	token := ""
	if opt.Control != "" {
		token = rand.Text()
	}
	var err error
	d.Vault, err = vaultsim.New(vaultsim.Options{Vault: world.Vault, Keys: []vaultsim.Key{{Value: d.Key}}, Location: time.Local,
		RateLimit: opt.Rate, Latency: 25 * time.Millisecond, Jitter: 30 * time.Millisecond, ControlToken: token})
	if err != nil {
		return err
	}
	if opt.Away {
		d.URL = nowhere
		return nil
	}
	if d.URL, err = d.Vault.Start(); err != nil || opt.Control == "" {
		return err
	}
	return writeJSON(opt.Control, control{URL: d.URL, Token: token})
}

// control is what a test needs to look behind the simulator from outside.
type control struct {
	URL   string `json:"url"`
	Token string `json:"token"` // for the header X-Sim-Token
}

// nowhere is an address at which nothing answers: the port is reserved for a
// service that no system runs any more.
const nowhere = "http://127.0.0.1:9"

// Close ends the vault service and the store, and removes what is not kept.
func (d *Demo) Close() error {
	var errs []error
	if d.Vault != nil {
		errs = append(errs, d.Vault.Close())
	}
	if d.DB != nil {
		errs = append(errs, d.DB.Close())
	}
	if d.temporary != "" {
		errs = append(errs, os.RemoveAll(d.temporary))
	}
	return errors.Join(errs...)
}

// Service returns the verbs over the demo's queue.
func (d *Demo) Service() *workflow.Service {
	set := Settings()
	set.Recipients = []seal.Recipient{d.Identity.Recipient()}
	return workflow.New(d.DB, workflow.Options{Settings: set, Now: d.Now, Check: vaultadapt.Check, Endpoints: d.endpoints})
}

// identityName is the file of a kept demo in which its identity lies.
const identityName = "identity"

// identity returns what opens the secrets of a demo: made up for one that is not
// kept, else the one that lies in its folder.
func identity(kept string) (seal.Identity, error) {
	if kept == "" {
		return seal.Generate()
	}
	path := filepath.Join(kept, identityName)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		id, err := seal.Generate()
		if err != nil {
			return id, err
		}
		return id, os.WriteFile(path, id.File(), 0o600)
	}
	if err != nil {
		return seal.Identity{}, err
	}
	defer seal.Wipe(text)
	keys, err := seal.ParseIdentities(string(text))
	if err != nil {
		return seal.Identity{}, fmt.Errorf("%s: %w", path, err)
	}
	return keys[0], nil
}

// ErrNoDemo says that a folder holds something else than a demo.
var ErrNoDemo = errors.New("the folder holds something that is no demo; name another one, or an empty one")

// readNote reads what a kept demo remembers; found is false where there is none
// yet.
func readNote(dir string) (n note, found bool, err error) {
	b, err := os.ReadFile(filepath.Join(dir, noteName))
	if errors.Is(err, fs.ErrNotExist) {
		entries, err := os.ReadDir(dir)
		if err == nil && len(entries) > 0 {
			err = fmt.Errorf("%s: %w", dir, ErrNoDemo)
		}
		if errors.Is(err, fs.ErrNotExist) {
			err = nil
		}
		return note{}, false, err
	}
	if err != nil {
		return note{}, false, err
	}
	if err := json.Unmarshal(b, &n); err != nil {
		return note{}, false, fmt.Errorf("%s: %w", filepath.Join(dir, noteName), err)
	}
	return n, true, nil
}

// writeJSON writes a small file that only its owner can read.
func writeJSON(path string, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(b, '\n'), 0o600)
}
