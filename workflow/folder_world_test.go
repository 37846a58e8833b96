package workflow_test

import (
	"testing"
	"time"

	"countersign/model"
	"countersign/vaultclient/vaultsim"
	"countersign/workflow"
)

const (
	finance  = model.UID("FinanceFinanceFinance1")
	reports  = model.UID("ReportsReportsReports1") // inside finance
	personal = model.UID("PersonalPersonalPerso1")
	nested   = model.UID("NestedNestedNestedNes1")
	dba      = model.UID("TeamDBATeamDBATeamDBA1")
	svcUser  = model.UID("PamUserPamUserPamUser1")
)

// newFolderWorld has a shared folder with a record and a subfolder in it, and one
// folder of every kind that cannot be shared.
func newFolderWorld(t *testing.T, settings ...workflow.Settings) *vaultWorld {
	t.Helper()
	v := newVaultWorld(t, settings...)
	v.cloud.AddTeam(vaultsim.Team{UID: string(dba), Name: "DBA", Members: []string{v.cloud.Service()}})
	v.cloud.AddSharedFolder(vaultsim.Folder{UID: string(finance), Name: "Finance", CanEdit: true})
	v.cloud.AddUserFolder(string(reports), "Reports", string(finance))
	v.cloud.AddUserFolder(string(personal), "Mine", "")
	v.cloud.AddNestedFolder(string(nested), "Nested")
	v.cloud.AddRecord(vaultsim.Record{Title: "payroll", Type: "login", Folder: string(finance)})
	v.cloud.AddRecord(vaultsim.Record{UID: string(svcUser), Title: "svc-backup", Type: "pamUser"})
	v.sim.Restart() // which makes the service read it
	return v
}

// joining is a valid request for the folder with this right and limit.
func joining(r model.Right, l model.Limit) workflow.Draft {
	return workflow.Draft{Item: model.ItemFolderAccess,
		Target:        model.Target{Kind: model.TargetFolder, UID: finance, Title: "Finance"},
		Asked:         model.Access{Right: r, Limit: l},
		Justification: "INC0012345: close the books of November"}
}

// with adds an answer to a draft.
func with(d workflow.Draft, field, value string) workflow.Draft {
	d.Answers = append(d.Answers, model.Answer{Field: field, Value: value})
	return d
}

// at is a draft for another folder.
func at(d workflow.Draft, uid model.UID, title string) workflow.Draft {
	d.Target.UID, d.Target.Title = uid, title
	return d
}

// forTeam is a draft for the team.
func forTeam(d workflow.Draft) workflow.Draft {
	d.For = string(dba)
	return with(d, model.FieldTeam, "DBA")
}

// membership is what somebody has in the folder, in our terms.
func (v *vaultWorld) membership(email string) model.Share {
	f, _ := v.cloud.Folder(string(finance))
	for _, m := range f.Members {
		if m.User == email {
			return model.Share{Right: model.FolderRight(m.ManageUsers, m.ManageRecords), Expires: m.Expires}
		}
	}
	return model.Share{}
}

// teamRight is what the team has in the folder, "" if it is no member.
func (v *vaultWorld) teamRight() model.Right {
	f, _ := v.cloud.Folder(string(finance))
	for _, m := range f.Teams {
		if m.Team == string(dba) {
			return model.FolderRight(m.ManageUsers, m.ManageRecords)
		}
	}
	return ""
}

// admit makes somebody a member of the folder elsewhere.
func (v *vaultWorld) admit(email string, r model.Right, until time.Time) {
	v.cloud.EditFolder(string(finance), func(f *vaultsim.Folder) {
		f.Members = append(f.Members, vaultsim.Member{User: email, ManageUsers: r.ManageUsers(), ManageRecords: r.ManageRecords(), Expires: until})
	})
	v.sim.Restart()
}

// defaults is what the folder's members may do with later records.
func (v *vaultWorld) defaults() model.Right {
	f, _ := v.cloud.Folder(string(finance))
	return model.RecordRight(f.CanEdit, f.CanShare)
}

// planError is why the plan of a task cannot be made, nil if it can.
func (v *vaultWorld) planError(task model.Number) error {
	v.t.Helper()
	var err error
	v.active(func() { _, err = v.svc.Plan(v.ctx, "heidi", task) })
	return err
}

// revoke takes the access of a request as heidi.
func (v *vaultWorld) revoke(n model.Number) {
	v.t.Helper()
	var err error
	v.active(func() { err = v.svc.Revoke(v.ctx, "heidi", v.grant(n).ID, "not needed any more") })
	if err != nil {
		v.t.Fatalf("revoke: %v", err)
	}
	v.work()
}
