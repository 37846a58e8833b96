package demo

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"time"

	"countersign/model"
	"countersign/store"
	"countersign/vaultclient/vaultsim"
)

// crowdHas is how long each of a crowd may wait at most, so that it fits into what
// the vault service reports: whole minutes.
const crowdHas = 60

// crowd adds endpoint requests that wait, each read in full already. The first ends
// after left, and the others one after the other within the next minutes.
func (s *stage) crowd(ctx context.Context, n int, left time.Duration) error {
	all := elevations()
	const apart = 700 * time.Millisecond
	for from := 0; from < n; from += 200 {
		err := s.db.Write(ctx, func(tx *store.Tx) error {
			for i := from; i < min(from+200, n); i++ {
				ends := s.now.Add(left + time.Duration(i)*apart).Truncate(time.Second)
				if err := s.waits(tx, i, all[i%len(all)], ends); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("add endpoint requests that wait: %w", err)
		}
	}
	return nil
}

// waits adds one request to the queue and to the vault.
func (s *stage) waits(tx *store.Tx, n int, e elevation, ends time.Time) error {
	pairs := func(group string, keys ...string) (facts []model.Fact, reported []vaultsim.Pair) {
		for i := 0; i < len(keys); i += 2 {
			facts = append(facts, model.Fact{Group: group, Key: keys[i], Value: keys[i+1]})
			reported = append(reported, vaultsim.Pair{Key: keys[i], Value: keys[i+1]})
		}
		return facts, reported
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "crowd %d", n))
	uid, file := base64.RawURLEncoding.EncodeToString(sum[:16]), sha256.Sum256([]byte(e.path+e.file))
	machine := fmt.Sprintf("WS-%04d", n)
	account, told := pairs(model.GroupAccount, model.KeyUser, e.user, model.KeyDomain, "EXAMPLE", model.KeyMachine, machine)
	application, reported := pairs(model.GroupApplication, model.KeyFile, e.file, model.KeyPath, e.path, model.KeyCommand, e.args,
		model.KeyAbout, e.about, model.KeyHash, hex.EncodeToString(file[:]))
	raised := ends.Add(-crowdHas * time.Minute)
	s.world.Vault.AddApproval(vaultsim.Approval{UID: uid, Type: e.kind, Account: told, Application: reported, Justification: e.why,
		ExpireIn: crowdHas, Created: raised})
	number, err := tx.NextNumber(model.PrefixIncident)
	if err != nil {
		return err
	}
	r := model.EndpointRequest{UID: model.UID(uid), Kind: e.kind, State: model.EndpointPending, User: e.user, Machine: machine, What: e.file,
		Facts: append(account, application...), Justification: e.why, Complete: true, Created: raised, Minutes: crowdHas, Expires: ends,
		Seen: tx.Now, Incident: number, Group: Approvers}
	if r.ID, err = tx.InsertEndpoint(r); err != nil {
		return err
	}
	_, err = tx.InsertIncident(model.Incident{Number: number, EndpointID: r.ID, State: model.IncidentDraft, Priority: 3, Created: tx.Now,
		Short: e.user + " on " + machine + ": " + e.file, Correlation: s.correlation()})
	return err
}
