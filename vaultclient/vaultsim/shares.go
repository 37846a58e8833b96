package vaultsim

import (
	"slices"
	"strings"
	"time"
)

// Share gives somebody standing or timed access to a record, or changes it. A zero expires means for good.
func (v *Vault) Share(record, email string, rights Rights, expires time.Time) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.setShare(record, Share{User: strings.ToLower(email), Rights: rights, Expires: expires})
}

func (v *Vault) setShare(record string, s Share) {
	list := v.shares[record]
	i := slices.IndexFunc(list, func(o Share) bool { return o.User == s.User })
	if i < 0 {
		v.shares[record] = append(list, s)
	} else {
		list[i] = s
	}
	v.touch(record)
}

// touch gives a record a new revision without changing its content.
func (v *Vault) touch(record string) {
	old := v.state.records[record]
	if old == nil {
		return
	}
	r := *old
	r.Revision = v.nextRevision()
	v.state.records[record] = &r
}

// Unshare takes somebody's access to a record away.
func (v *Vault) Unshare(record, email string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.dropShare(record, strings.ToLower(email))
}

func (v *Vault) dropShare(record, email string) {
	v.shares[record] = slices.DeleteFunc(v.shares[record], func(s Share) bool { return s.User == email })
	v.touch(record)
}

// Shares returns who has access to a record now, without its owner, ordered by address.
func (v *Vault) Shares(record string) []Share {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.liveShares(record)
}

// liveShares returns the shares of a record that are not over, ordered by address. A share whose time is over
// is gone as a whole, whatever stood before it (PROTOCOL 12.2; DESIGN 3).
func (v *Vault) liveShares(record string) []Share {
	now := v.clock.Now()
	list := slices.DeleteFunc(v.shares[record], func(s Share) bool {
		return !s.Expires.IsZero() && !now.Before(s.Expires)
	})
	v.shares[record] = list
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b Share) int { return strings.Compare(a.User, b.User) })
	return list
}

func (v *Vault) shareOf(record, email string) (Share, bool) {
	for _, s := range v.liveShares(record) {
		if s.User == email {
			return s, true
		}
	}
	return Share{}, false
}

// OpenLink opens a one-time share as its recipient would. It reports whether there is such a link and its time is not over.
func (v *Vault) OpenLink(id string) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	now := v.clock.Now()
	for _, l := range v.links {
		if l.ID == id && now.Before(l.Expires) {
			l.Opened = now
			return true
		}
	}
	return false
}

// OneTimeShares returns all one-time links of a record, also those that are over.
func (v *Vault) OneTimeShares(record string) []OneTimeShare {
	v.mu.Lock()
	defer v.mu.Unlock()
	var out []OneTimeShare
	for _, l := range v.links {
		if l.Record == record {
			out = append(out, *l)
		}
	}
	return out
}

// AddOneTimeShare adds a link that was made before; LinkID makes its id.
func (v *Vault) AddOneTimeShare(l OneTimeShare) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.links = append(v.links, &l)
}
