package config

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"countersign/model"
)

func TestEverybodySearchesAndSeesAllUnlessToldOtherwise(t *testing.T) {
	t.Parallel()
	if p := load(t, minimal).Portal; p.Search != model.SearchLive || p.Visible != model.TitlesAll || p.Folders != nil {
		t.Errorf("portal = %+v", p)
	}
}

func TestFoldersOfGroups(t *testing.T) {
	t.Parallel()
	p := load(t, minimal+`
[portal]
search = "request"
visible = "folders"
[portal.folders]
"DB Team" = ["RZToj60CrP9GDxjDTPWxAQ", "bV9tmAvdDCvk2OUt7hmCHw"]
Web = []
`).Portal
	want := map[model.GroupName][]model.UID{"DB Team": {"RZToj60CrP9GDxjDTPWxAQ", "bV9tmAvdDCvk2OUt7hmCHw"}, "Web": {}}
	if p.Search != model.SearchByRequest || p.Visible != model.TitlesInFolders ||
		!maps.EqualFunc(p.Folders, want, slices.Equal[[]model.UID]) {
		t.Errorf("portal = %+v", p)
	}
}

func TestTooManyFoldersAreRefused(t *testing.T) {
	t.Parallel()
	uids := make([]string, maxFolders+1)
	for i := range uids {
		uids[i] = fmt.Sprintf("%q", fmt.Sprintf("%022d", i))
	}
	text := minimal + "[portal]\nvisible = \"folders\"\n[portal.folders]\nDB = [%s]\n"
	if got := problems(t, fmt.Sprintf(text, strings.Join(uids, ", "))); len(got) != 1 || !strings.Contains(got[0], "more than 100 folders") {
		t.Errorf("got %q", got)
	}
	load(t, fmt.Sprintf(text, strings.Join(uids[1:], ", ")))
}
