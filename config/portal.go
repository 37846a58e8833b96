package config

import "countersign/model"

// maxFolders is how many folders [portal.folders] may name. Each costs the worker a
// call whenever it reads the titles.
const maxFolders = 100

// readPortal reads what people may search, and which titles they see.
func readPortal(t *table) model.Portal {
	p := model.Portal{
		Search:  choice(t, "search", model.SearchLive, model.SearchLive, model.SearchByRequest, model.SearchOff),
		Visible: choice(t, "visible", model.TitlesAll, model.TitlesAll, model.TitlesNone, model.TitlesInFolders),
		Folders: groupFolders(t.section("folders")),
	}
	switch {
	case p.Visible == model.TitlesInFolders && len(p.Folders) == 0:
		t.missing("folders", `visible = "folders" needs to know which: add [portal.folders] with a line as "DB Team" = ["UID of a shared folder"]`)
	case p.Visible != model.TitlesInFolders && len(p.Folders) > 0:
		t.wrong("folders", `nobody reads this unless visible = "folders"`)
	}
	return p
}

// groupFolders reads the folders of each group, nil where there are none.
func groupFolders(t *table) map[model.GroupName][]model.UID {
	t.open = true
	var folders map[model.GroupName][]model.UID
	all := map[model.UID]bool{}
	for _, name := range t.names() {
		if wrong := wrongGroup(name); wrong != "" {
			t.wrong(name, "%s", wrong)
		}
		uids := []model.UID{}
		for _, text := range t.texts(name) {
			uid := model.UID(text)
			if !uid.Valid() {
				t.wrong(name, "%q is no UID of the vault: it has 22 letters, digits, - or _", text)
				continue
			}
			uids, all[uid] = append(uids, uid), true
		}
		if folders == nil {
			folders = map[model.GroupName][]model.UID{}
		}
		folders[model.GroupName(name)] = uids
		if len(all) > maxFolders {
			t.wrong(name, "more than %d folders: the worker reads each of them whenever it reads the titles", maxFolders)
			break
		}
	}
	return folders
}
