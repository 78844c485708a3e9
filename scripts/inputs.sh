# What the scripts of action.yml have in common; sourced, not run.

is_true() {  # NAME VALUE
    case "$(tr '[:upper:]' '[:lower:]' <<< "$2" | tr -d '[:space:]')" in
        true) return 0 ;;
        false | '') return 1 ;;
        *) echo "::error title=convcost::$1 is true or false" && exit 2 ;;
    esac
}
