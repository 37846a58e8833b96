package model

// SearchMode says whether people search the vault's titles by themselves.
type SearchMode string

// The modes of searching.
const (
	SearchLive      SearchMode = "live"    // answered at once from the worker's index
	SearchByRequest SearchMode = "request" // somebody who fulfils chooses the answer
	SearchOff       SearchMode = "off"     // nobody searches but those who fulfil
)

// Titles says which titles of the vault people may see (DESIGN 5).
type Titles string

// The choices.
const (
	TitlesAll       Titles = "all"
	TitlesNone      Titles = "none"
	TitlesInFolders Titles = "folders" // those in the folders of one's groups
)

// Portal says what people who neither fulfil nor administer learn of the vault.
// The zero value means that they search by themselves and see every title.
type Portal struct {
	Search  SearchMode
	Visible Titles
	// Folders are those whose titles the members of a group see, for
	// TitlesInFolders.
	Folders map[GroupName][]UID
}
