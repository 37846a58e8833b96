package workflow_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/model"
	"countersign/seal"
	"countersign/vaultclient/vaultsim"
	"countersign/workflow"
)

// newSealedWorld is a world whose worker has the identity that secrets are sealed
// to.
func newSealedWorld(t *testing.T) (*vaultWorld, seal.Identity) {
	t.Helper()
	id, err := seal.Generate()
	if err != nil {
		t.Fatal(err)
	}
	v := newVaultWorld(t, workflow.Settings{Default: policy(), Recipients: []seal.Recipient{id.Recipient()}})
	v.worker = v.newSealedWorker(v.vault, id)
	v.svc.UseWorker(v.worker)
	return v, id
}

func (v *vaultWorld) newSealedWorker(vault workflow.Vault, ids ...seal.Identity) *workflow.Worker {
	v.t.Helper()
	w, err := workflow.NewWorker(v.svc, vault, workflow.WorkerOptions{Holder: "test", AnswerLimit: 700 * time.Millisecond, LookLimit: 100 * time.Millisecond,
		SendLimit: 2 * time.Second, ReadLimit: 5 * time.Second, Identities: ids})
	if err != nil {
		v.t.Fatal(err)
	}
	return w
}

// linkDraft is a valid request for a one-time link.
func linkDraft() workflow.Draft {
	d := draft()
	d.Item, d.Asked = model.ItemOneTimeShare, model.Access{Right: model.RightView, Limit: model.For(24 * time.Hour)}
	return d
}

// links are the one-time links that the cloud has of the record.
func (v *vaultWorld) links() []vaultsim.OneTimeShare { return v.cloud.OneTimeShares(string(prodDB)) }

// reveal shows the link of a request to somebody, without acknowledging it.
func (v *vaultWorld) reveal(by model.PersonID, n model.Number) (string, error) {
	v.t.Helper()
	var link string
	var err error
	v.active(func() {
		var r workflow.Revealed
		r, err = v.svc.Reveal(v.ctx, by, n)
		link = string(r.Link)
		seal.Wipe(r.Link)
	})
	return link, err
}

// opens reports whether a link is the one with the id.
func opens(link string, id model.LinkID) bool {
	_, fragment, _ := strings.Cut(link, "#")
	return fragment != "" && vaultsim.LinkID(fragment) == string(id)
}

// audited lists the actions of the audit that begin so.
func (v *vaultWorld) audited(prefix string) []string {
	v.t.Helper()
	var actions []string
	page, err := v.svc.Audit(v.ctx, "priya", workflow.Query{})
	if err != nil {
		v.t.Fatal(err)
	}
	for _, row := range slices.Backward(page.Rows) {
		if strings.HasPrefix(row.Action, prefix) {
			actions = append(actions, row.Action)
		}
	}
	return actions
}

// everything returns all that lies in the store's folder, and all that was told of
// the traffic.
func (v *vaultWorld) everything() map[string]string {
	v.t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(v.db.Dir(), func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		all[filepath.Base(path)] = string(b)
		return err
	})
	if err != nil {
		v.t.Fatal(err)
	}
	return all
}
