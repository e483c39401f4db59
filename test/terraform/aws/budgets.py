"""AWS Budgets: moto keeps no subscribers of a budget's notifications."""

from kept import ACCOUNT, answers, keep_tags

BUDGETS = "budgets"
MISSING = "NotFoundException"


def _key(notification):
    return tuple(str(notification.get(name)) for name in ("NotificationType", "ComparisonOperator", "Threshold"))


@answers(BUDGETS, "CreateBudget")
def create_budget(call):
    budget = dict(call["Budget"])
    call.shelf("budget")[budget["BudgetName"]] = budget
    notices = call.get("NotificationsWithSubscribers", [])
    call.shelf("notices")[budget["BudgetName"]] = {
        _key(one["Notification"]): (one["Notification"], one["Subscribers"]) for one in notices
    }
    keep_tags(f"arn:aws:budgets::{ACCOUNT}:budget/{budget['BudgetName']}", call.get("ResourceTags"))


@answers(BUDGETS, "DescribeBudget")
def describe_budget(call):
    return {"Budget": call.find("budget", call["BudgetName"], MISSING)}


@answers(BUDGETS, "DeleteBudget")
def delete_budget(call):
    call.take("budget", call["BudgetName"], MISSING)


@answers(BUDGETS, "CreateNotification")
def create_notification(call):
    call.find("budget", call["BudgetName"], MISSING)
    notices = call.shelf("notices")[call["BudgetName"]]
    notices[_key(call["Notification"])] = call["Notification"], call["Subscribers"]


@answers(BUDGETS, "DescribeNotificationsForBudget")
def describe_notifications(call):
    call.find("budget", call["BudgetName"], MISSING)
    return {"Notifications": [notice for notice, _ in call.shelf("notices")[call["BudgetName"]].values()]}


@answers(BUDGETS, "DescribeSubscribersForNotification")
def describe_subscribers(call):
    notices = call.shelf("notices")[call["BudgetName"]]
    return {"Subscribers": notices[_key(call["Notification"])][1]}
