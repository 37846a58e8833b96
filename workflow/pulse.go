package workflow

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"countersign/model"
)

// pulse is what the worker knows of the vault's health: what the service says
// when asked, and the trouble that real commands met last.
type pulse struct {
	now     func() time.Time
	changed chan struct{} // receives when the state is another one

	mu      sync.Mutex
	health  model.Health
	trouble *VaultError // of the last command; nil if it went well
	good    time.Time   // when a command went well last
	latency time.Duration
}

// felt learns how a command went.
func (p *pulse) felt(err error) {
	var e *VaultError
	if err != nil && !errors.As(err, &e) {
		return // the caller gave up, which says nothing about the vault
	}
	if e != nil && e.Spared {
		return // nor does this: whoever waits for an answer gets one
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if e == nil || !e.Passing() {
		p.trouble, p.good = nil, p.now()
		return
	}
	switch e.Kind {
	case VaultNotPermitted:
		p.health.Probed = time.Time{} // one command is missing, which says nothing of the others
		return
	case VaultKeyRefused, VaultKeyExpired:
		p.health.Probed = time.Time{}
	}
	p.trouble = e
}

// asked takes the service's answer to being asked for its health.
func (p *pulse) asked(h model.Health) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	if t := p.trouble; t != nil && h.State != model.HealthUnreachable && hidden(t, now) {
		h.State, h.Cause, h.Advice = HealthOf(t), t.Text, t.Advice
	}
	if h.State == model.HealthConnected {
		p.good = now
	}
	h.Latency, h.Seen = p.smooth(h.Latency), now
	h.Since, h.Missing, h.Probed, h.Version = p.health.Since, p.health.Missing, p.health.Probed, p.health.Version
	h.Endpoints, h.Devices = p.health.Endpoints, p.health.Devices
	if h.State != p.health.State {
		h.Since = now
		nudge(p.changed)
	}
	p.health = h
}

// hidden reports whether a trouble of commands is one that the service does not
// show when asked for its health: a lost session, and the limit of another path.
func hidden(e *VaultError, now time.Time) bool {
	return e.Kind == VaultSession || e.Kind == VaultLimited && now.Before(e.Until)
}

// smooth follows the latency slowly and returns what to show of it: another
// figure only when the shown one is a quarter off, so that the header does not
// flicker.
func (p *pulse) smooth(d time.Duration) time.Duration {
	if p.latency == 0 {
		p.latency = d
	}
	p.latency += (d - p.latency) / 4
	shown := p.health.Latency
	if (shown - p.latency).Abs() > shown/4 {
		shown = roundLatency(p.latency)
	}
	return shown
}

// roundLatency rounds to what a person can tell apart.
func roundLatency(d time.Duration) time.Duration {
	switch {
	case d < 100*time.Millisecond:
		return d.Round(time.Millisecond)
	case d < time.Second:
		return d.Round(10 * time.Millisecond)
	}
	return d.Round(100 * time.Millisecond)
}

// permits takes what a probe found.
func (p *pulse) permits(missing []string, version string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.health.Missing, p.health.Probed = missing, p.now()
	if version != "" {
		p.health.Version = version
	}
}

func (p *pulse) needsProbe() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.health.Probed.IsZero() && p.health.State == model.HealthConnected
}

// probeAge is how long a worker that has just begun trusts what another one found
// the key to be permitted.
const probeAge = 10 * time.Minute

// recall takes over what another worker found the key to be permitted, unless
// something was missing: who has just mended that wants to know.
func (p *pulse) recall(h model.Health) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if age := p.now().Sub(h.Probed); p.health.Probed.IsZero() && len(h.Missing) == 0 && age >= 0 && age < probeAge {
		p.health.Probed, p.health.Version = h.Probed, h.Version
	}
}

// betterSince reports whether a command or a question went well after t.
func (p *pulse) betterSince(t time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.good.After(t)
}

// lacks reports whether the key is known not to be permitted a command.
func (p *pulse) lacks(command string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return !p.health.Probed.IsZero() && slices.Contains(p.health.Missing, command)
}

// lists takes how a listing went.
func (p *pulse) lists(l model.Listing, of func(*model.Health) *model.Listing) {
	p.mu.Lock()
	defer p.mu.Unlock()
	told := of(&p.health)
	if told.State != l.State || told.Cause != l.Cause || told.Doubt != l.Doubt {
		nudge(p.changed)
	}
	*told = l
}

func (p *pulse) get() model.Health {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.health
}

// feltVault tells the pulse how every command went.
type feltVault struct {
	Vault
	pulse *pulse
}

func felt[T any](p *pulse, v T, err error) (T, error) {
	p.felt(err)
	return v, err
}

func (v *feltVault) Index(ctx context.Context) ([]model.Hit, error) {
	hits, err := v.Vault.Index(ctx)
	return felt(v.pulse, hits, err)
}

func (v *feltVault) Inside(ctx context.Context, folder model.UID) ([]model.UID, error) {
	uids, err := v.Vault.Inside(ctx, folder)
	return felt(v.pulse, uids, err)
}

func (v *feltVault) Record(ctx context.Context, uid model.UID) (model.RecordFacts, error) {
	facts, err := v.Vault.Record(ctx, uid)
	return felt(v.pulse, facts, err)
}

func (v *feltVault) Folder(ctx context.Context, uid model.UID) (model.RecordFacts, error) {
	facts, err := v.Vault.Folder(ctx, uid)
	return felt(v.pulse, facts, err)
}

func (v *feltVault) Teams(ctx context.Context) ([]model.Team, error) {
	teams, err := v.Vault.Teams(ctx)
	return felt(v.pulse, teams, err)
}

func (v *feltVault) Account(ctx context.Context) (string, error) {
	address, err := v.Vault.Account(ctx)
	return felt(v.pulse, address, err)
}

func (v *feltVault) Links(ctx context.Context, record model.UID) ([]model.Link, error) {
	links, err := v.Vault.Links(ctx, record)
	return felt(v.pulse, links, err)
}

func (v *feltVault) Marked(ctx context.Context, marker model.Number) ([]model.UID, error) {
	marked, err := v.Vault.Marked(ctx, marker)
	return felt(v.pulse, marked, err)
}

func (v *feltVault) Stored(ctx context.Context, order Order, uid model.UID) (model.RecordFacts, error) {
	facts, err := v.Vault.Stored(ctx, order, uid)
	return felt(v.pulse, facts, err)
}

func (v *feltVault) Content(ctx context.Context, uid model.UID) (model.RecordContent, error) {
	content, err := v.Vault.Content(ctx, uid)
	return felt(v.pulse, content, err)
}

func (v *feltVault) Changed(ctx context.Context, order Order) (bool, error) {
	changed, err := v.Vault.Changed(ctx, order)
	return felt(v.pulse, changed, err)
}

func (v *feltVault) Submit(ctx context.Context, order Order) (string, error) {
	id, err := v.Vault.Submit(ctx, order)
	return felt(v.pulse, id, err)
}

func (v *feltVault) Await(ctx context.Context, order Order, serviceID string) (Outcome, error) {
	out, err := v.Vault.Await(ctx, order, serviceID)
	if err == nil && out.Trouble != nil {
		v.pulse.felt(out.Trouble)
		return out, nil
	}
	return felt(v.pulse, out, err)
}

func (v *feltVault) Sync(ctx context.Context) error {
	_, err := felt(v.pulse, struct{}{}, v.Vault.Sync(ctx))
	return err
}

func (v *feltVault) Endpoints(ctx context.Context) ([]model.EndpointRequest, error) {
	all, err := v.Vault.Endpoints(ctx)
	return felt(v.pulse, all, err)
}

func (v *feltVault) Endpoint(ctx context.Context, uid model.UID) (model.EndpointRequest, error) {
	e, err := v.Vault.Endpoint(ctx, uid)
	return felt(v.pulse, e, err)
}

func (v *feltVault) EndpointNow(ctx context.Context, uid model.UID) (model.EndpointRequest, error) {
	e, err := v.Vault.EndpointNow(ctx, uid)
	return felt(v.pulse, e, err)
}

func (v *feltVault) Devices(ctx context.Context) ([]model.Device, error) {
	all, err := v.Vault.Devices(ctx)
	return felt(v.pulse, all, err)
}
