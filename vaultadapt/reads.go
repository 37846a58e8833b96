package vaultadapt

import (
	"context"
	"errors"

	"countersign/model"
	"countersign/vaultclient"
	"countersign/workflow"
)

// Record implements workflow.Vault. The caller dates what it read.
func (v *Vault) Record(ctx context.Context, uid model.UID) (model.RecordFacts, error) {
	defer v.traffic.during(ctx, uid)()
	object, err := v.as(ctx).Get(ctx, vaultclient.UID(uid))
	switch {
	case errors.Is(err, vaultclient.ErrNotFound), errors.Is(err, vaultclient.ErrWrongObject):
		return model.RecordFacts{UID: uid, Gone: true}, nil
	case err != nil:
		return model.RecordFacts{}, explain(err)
	}
	switch o := object.(type) {
	case vaultclient.Record:
		return recordFacts(uid, o), nil
	case vaultclient.SharedFolder:
		return v.folderFacts(uid, o), nil
	case vaultclient.NestedFolder:
		return model.RecordFacts{Kind: model.TargetFolder, UID: uid, Title: o.Name, Nested: true}, nil
	case vaultclient.UserFolder:
		return model.RecordFacts{Kind: model.TargetFolder, UID: uid, Title: o.Name, Path: o.Path, Records: len(o.Records), Personal: true}, nil
	case vaultclient.Subfolder:
		return model.RecordFacts{Kind: model.TargetFolder, UID: uid, Title: o.Name, Path: o.Path,
			Whole: model.Target{Kind: model.TargetFolder, UID: model.UID(o.Shared)}}, nil
	}
	// A team: nothing that can be shared.
	return model.RecordFacts{UID: uid, Gone: true}, nil
}

func recordFacts(uid model.UID, r vaultclient.Record) model.RecordFacts {
	facts := model.RecordFacts{Kind: model.TargetRecord, UID: uid, Title: r.Title, Type: r.Type, Path: r.Folder.Path,
		In: model.UID(r.Folder.UID), Owner: string(r.Owner()), Revision: r.Revision, Nested: r.Nested()}
	seen := map[vaultclient.Email]bool{}
	for _, u := range r.Users {
		p, _ := r.Permission(u.Email)
		if p.Owner || seen[p.Email] {
			continue
		}
		seen[p.Email] = true
		facts.Shares = append(facts.Shares, model.Holder{Email: string(p.Email), Share: model.Share{
			Right: model.RecordRight(p.Editable, p.Shareable), Expires: p.Expires, Pending: p.AwaitingApproval}})
	}
	return facts
}

func (v *Vault) folderFacts(uid model.UID, f vaultclient.SharedFolder) model.RecordFacts {
	facts := model.RecordFacts{Kind: model.TargetFolder, UID: uid, Title: f.Name, Path: f.Path, Records: len(f.Records),
		Default: model.RecordRight(f.CanEdit, f.CanShare)}
	for _, u := range f.Users {
		if u.Owner {
			facts.Owner = string(u.Email)
		}
		facts.Shares = append(facts.Shares, model.Holder{Email: string(u.Email), Share: model.Share{
			Right: model.FolderRight(u.ManageUsers, u.ManageRecords), Expires: v.at(u.Expires)}})
	}
	for _, t := range f.Teams {
		facts.Shares = append(facts.Shares, model.Holder{Email: string(t.UID), Team: t.Name, Share: model.Share{
			Right: model.FolderRight(t.ManageUsers, t.ManageRecords), Expires: v.at(t.Expires)}})
	}
	return facts
}

// Folder implements workflow.Vault.
func (v *Vault) Folder(ctx context.Context, uid model.UID) (model.RecordFacts, error) {
	if err := v.as(ctx).SyncDown(ctx); err != nil {
		return model.RecordFacts{}, explain(err)
	}
	facts, err := v.Record(ctx, uid)
	if err != nil || facts.Gone || facts.Kind != model.TargetFolder {
		facts.Gone = facts.Gone || err == nil && facts.Kind != model.TargetFolder
		return facts, err
	}
	if !facts.Whole.Named() {
		return facts, nil
	}
	whole, err := v.Record(ctx, facts.Whole.UID)
	if err != nil {
		return model.RecordFacts{}, err
	}
	facts.Whole.Title, facts.Shares, facts.Records, facts.Default = whole.Title, whole.Shares, whole.Records, whole.Default
	facts.Owner, facts.Gone = whole.Owner, whole.Gone || whole.Kind != model.TargetFolder
	return facts, nil
}

// Teams implements workflow.Vault.
func (v *Vault) Teams(ctx context.Context) ([]model.Team, error) {
	if err := v.as(ctx).SyncDown(ctx); err != nil {
		return nil, explain(err)
	}
	items, err := v.as(ctx).SearchTeams(ctx)
	if err != nil {
		return nil, explain(err)
	}
	teams := make([]model.Team, 0, len(items))
	for _, it := range items {
		if it.Kind == vaultclient.TeamItem {
			teams = append(teams, model.Team{UID: model.UID(it.UID), Name: it.Title})
		}
	}
	return teams, nil
}

// Account implements workflow.Vault.
func (v *Vault) Account(ctx context.Context) (string, error) {
	account, err := v.as(ctx).WhoAmI(ctx)
	if err != nil {
		return "", explain(err)
	}
	return string(account.User), nil
}

// Links implements workflow.Vault.
func (v *Vault) Links(ctx context.Context, record model.UID) ([]model.Link, error) {
	defer v.traffic.during(ctx, record)()
	shares, err := v.as(ctx).ListOneTimeShares(ctx, vaultclient.UID(record))
	if err != nil {
		return nil, explain(err)
	}
	links := make([]model.Link, 0, len(shares))
	for _, s := range shares {
		links = append(links, model.Link{ID: model.LinkID(s.Share), Made: v.at(s.Generated), Expires: v.at(s.Expires), Opened: v.at(s.Opened)})
	}
	return links, nil
}

// Marked implements workflow.Vault.
func (v *Vault) Marked(ctx context.Context, marker model.Number) ([]model.UID, error) {
	if err := v.as(ctx).SyncDown(ctx); err != nil {
		return nil, explain(err)
	}
	items, err := v.as(ctx).FindMarked(ctx, vaultclient.Marker(marker))
	if err != nil {
		return nil, explain(err)
	}
	uids := make([]model.UID, 0, len(items))
	for _, it := range items {
		uids = append(uids, model.UID(it.UID))
	}
	return uids, nil
}

// Changed implements workflow.Vault.
func (v *Vault) Changed(ctx context.Context, order workflow.Order) (bool, error) {
	m, err := mutation(order)
	if err != nil {
		return false, &workflow.VaultError{Kind: workflow.VaultFailed, Text: err.Error(), Err: err}
	}
	wanted, ok := m.(vaultclient.RecordUpdate)
	if !ok {
		return false, &workflow.VaultError{Kind: workflow.VaultFailed, Text: "no order to change a record"}
	}
	defer v.traffic.during(ctx, order.Intent.Record)()
	if err := v.as(ctx).SyncDown(ctx); err != nil {
		return false, explain(err)
	}
	now, err := v.as(ctx).GetSecrets(ctx, wanted.Record)
	if err != nil {
		return false, explain(err)
	}
	return wanted.Verify(order.Intent.Update.Revision, now).Standing == vaultclient.Stands, nil
}
