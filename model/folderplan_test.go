package model_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/model"
)

const aTeam = "TeamTeamTeamTeamTeamT1"

var onFolder = model.Target{Kind: model.TargetFolder, UID: "FolderFolderFolderFol1", Title: "Finance"}

func TestWhatTheVaultCannotDoIsNotPlanned(t *testing.T) {
	t.Parallel()
	pam := model.Target{Kind: model.TargetRecord, UID: onRecord.UID, Type: "pamUser"}
	login := model.Target{Kind: model.TargetRecord, UID: onRecord.UID, Type: "login"}
	hour := model.For(time.Hour)
	for _, tt := range []struct {
		name string
		w    model.Wanted
		says string // "" where it can be planned
	}{
		{"a folder's right on a record", model.Wanted{On: onRecord, Email: "a@example.com", Access: model.Access{Right: model.RightAll}}, "no right on a record"},
		{"a record's right on a folder", model.Wanted{On: onFolder, Email: "a@example.com", Access: model.Access{Right: model.RightEdit}}, "no right on a folder"},
		{"managing users for a time", model.Wanted{On: onFolder, Email: "a@example.com", Access: model.Access{Right: model.RightAll, Limit: hour}}, "only without a time limit"},
		{"a team", model.Wanted{On: onFolder, Email: aTeam, Access: model.Access{Right: model.RightAll}}, ""},
		{"a team for a time", model.Wanted{On: onFolder, Email: aTeam, Access: model.Access{Right: model.RightNone, Limit: hour}}, "to a team only without a time limit"},
		{"a record for a team", model.Wanted{On: onRecord, Email: aTeam, Access: model.Access{Right: model.RightView}}, "a team can only be given a folder"},
		{"a change of the password", model.Wanted{On: pam, Email: "a@example.com", Access: model.Access{Right: model.RightView, Limit: hour}, Rotate: true}, ""},
		{"a change of the password without an end", model.Wanted{On: pam, Email: "a@example.com", Access: model.Access{Right: model.RightView}, Rotate: true}, "choose how long"},
		{"a change of a login's password", model.Wanted{On: login, Email: "a@example.com", Access: model.Access{Right: model.RightView, Limit: hour}, Rotate: true}, "pamUser"},
		{"a change of a folder's password", model.Wanted{On: onFolder, Email: "a@example.com", Access: model.Access{Right: model.RightNone, Limit: hour}, Rotate: true}, "pamUser"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p, err := model.PlanAccess(tt.w, model.Share{}, noon)
			if tt.says == "" {
				if err != nil || len(p.Steps) != 1 || p.Steps[0].Intent.Rotate != tt.w.Rotate {
					t.Errorf("plan %+v, %v", p, err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("%v, want %q", err, tt.says)
			}
		})
	}
}

func TestDefaultsComeAfterTheAccessAndBeforeItsEnd(t *testing.T) {
	t.Parallel()
	hour := model.Access{Right: model.RightManageRecords, Limit: model.For(time.Hour)}
	for _, tt := range []struct {
		name     string
		have     model.Share
		was, set model.Right
		want     []model.OpKind
	}{
		{"nothing asked", model.Share{}, model.RightView, "", []model.OpKind{model.OpJoin}},
		{"as it is", model.Share{}, model.RightView, model.RightView, []model.OpKind{model.OpJoin}},
		{"another one", model.Share{}, model.RightView, model.RightEdit, []model.OpKind{model.OpJoin, model.OpDefaults}},
		{"over a standing right", model.Share{Right: model.RightNone}, model.RightView, model.RightEdit,
			[]model.OpKind{model.OpJoin, model.OpDefaults, model.OpJoin}},
		{"where the access is there", model.Share{Right: model.RightAll}, model.RightView, model.RightEdit, []model.OpKind{model.OpDefaults}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := model.Wanted{On: onFolder, Email: "a@example.com", Access: hour}
			p, err := model.PlanAccess(w, tt.have, noon)
			if err != nil {
				t.Fatal(err)
			}
			p = model.PlanDefaults(p, w, tt.was, tt.set)
			var kinds []model.OpKind
			for _, s := range p.Steps {
				kinds = append(kinds, s.Kind)
			}
			if !slices.Equal(kinds, tt.want) || p.Nothing != "" {
				t.Errorf("steps %v, want %v; nothing %q", kinds, tt.want, p.Nothing)
			}
			told := slices.Contains(p.Warnings, model.DefaultsWords(tt.was, tt.set))
			if told != slices.Contains(kinds, model.OpDefaults) {
				t.Errorf("warnings %q", p.Warnings)
			}
		})
	}
}

func TestTheOldOwnerIsNamed(t *testing.T) {
	t.Parallel()
	w := model.Wanted{On: onRecord, Email: "a@example.com", Access: model.Access{Right: model.RightOwner}, Owner: "svc@example.com"}
	p, err := model.PlanAccess(w, model.Share{}, noon)
	if err != nil || len(p.Warnings) != 1 || !strings.HasPrefix(p.Warnings[0], "svc@example.com, who owns it now, keeps view and loses edit") {
		t.Errorf("warnings %q, %v", p.Warnings, err)
	}
}

func TestNobodyOwnsTheRecordsOfAFolderByDefault(t *testing.T) {
	t.Parallel()
	item, _ := model.FindItem(model.ItemFolderAccess)
	f, _ := item.Field(model.FieldDefaults)
	for right, ok := range map[string]bool{"": true, "view": true, "edit": true, "share": true, "edit and share": true, "owner": false, "all": false} {
		if err := f.Validate(right); (err == nil) != ok {
			t.Errorf("%q: %v", right, err)
		}
	}
}

func TestAMemberWhoManagesNothingIsNotSaidToHaveNone(t *testing.T) {
	t.Parallel()
	have := model.Share{Right: model.RightNone}
	if got, want := have.Words(), "membership, permanent"; got != want {
		t.Errorf("the share is %q, want %q", got, want)
	}
	if got, want := (model.Access{Right: model.RightNone, Limit: model.Permanent}).Words(), "membership, permanent"; got != want {
		t.Errorf("the access is %q, want %q", got, want)
	}
	if got, want := (model.Share{Right: model.RightManageUsers}).Words(), "manage users, permanent"; got != want {
		t.Errorf("the share is %q, want %q", got, want)
	}
}
